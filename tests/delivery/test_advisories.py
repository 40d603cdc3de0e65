"""One issue names the advisories on what is pinned and on the image that was deployed."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery import advisories
from delivery.process import CommandFailed
from rehearsal.workflow import Workflows
from service.errors import BoxOfficeError
from tests.support.cloud import Cloud, open_cloud
from tests.support.project import ROOT

RUN = "https://github.com/owner/films/actions/runs/1"
KNOWN = {"id": "PYSEC-1", "fix_versions": ["2.0", "1.9.1"], "aliases": ["CVE-1"]}
SOUND: dict[str, Any] = {"name": "numpy", "version": "2.4", "vulns": []}


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The fake gh, in a project with two locks."""
    cloud = open_cloud(tmp_path / "github", monkeypatch)
    monkeypatch.setenv("FAKE_GITHUB", str(cloud.folder))
    monkeypatch.setenv("GITHUB_OUTPUT", str(cloud.folder / "output"))
    (tmp_path / "project" / "requirements").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    for name in ("serve", "dev"):
        (advisories.LOCKS / f"{name}.txt").touch()
    audit("serve", SOUND)
    audit("dev", SOUND)
    return cloud


def audit(lock: str, *packages: dict[str, Any]) -> None:
    """Let pip-audit say this of a lock; it fails where it knows an advisory, as the real one."""
    said = json.dumps({"dependencies": packages, "fixes": []})
    (advisories.LOCKS / f"{lock}.json").write_text(said)
    found = any(package.get("vulns") for package in packages)
    (advisories.LOCKS / f"{lock}.code").write_text(str(int(found)))
    program = Path("pip-audit")
    program.write_text(
        '#!/bin/sh\necho "$*" >> asked\n'
        "for word; do case $word in --requirement=*) lock=${word#*=};; esac; done\n"
        "cat ${lock%.txt}.json; echo Found some >&2; exit $(cat ${lock%.txt}.code)\n"
    )
    program.chmod(0o755)


def scan(*matches: tuple[str, str, str]) -> None:
    """Let Grype have found these in the image: an advisory, its severity, whether it is fixed."""
    advisories.BILL.touch()
    written = [
        {
            "vulnerability": {
                "id": identity,
                "severity": severity,
                "fix": {"state": state, "versions": ["3.1"] if state == "fixed" else []},
            },
            "artifact": {"name": "openssl", "version": "3.0", "type": "deb"},
        }
        for identity, severity, state in matches
    ]
    advisories.SCAN.write_text(json.dumps({"matches": written}))


def tell(*words: str) -> None:
    assert 0 == advisories.main(["tell", "--pip-audit=./pip-audit", f"--run={RUN}", *words])


def issues(github: Cloud) -> Any:
    path = github.folder / "issues.json"
    return json.loads(path.read_text()) if path.exists() else []


def test_where_none_is_known_there_is_no_issue(github: Cloud) -> None:
    tell()

    assert [] == issues(github)
    asked = Path("asked").read_text().splitlines()
    assert all("--strict --require-hashes --disable-pip" in words for words in asked)
    assert ["dev.txt", "serve.txt"] == [words.rpartition("/")[2] for words in asked]


def test_every_lock_of_this_project_is_asked_about() -> None:
    assert {"serve", "train", "dev", "uv", "bench", "mlserver", "audit"} <= {
        path.stem for path in (ROOT / advisories.LOCKS).glob("*.txt")
    }


def test_one_issue_names_what_is_known_wherever_it_is(github: Cloud) -> None:
    audit("serve", SOUND, {"name": "grpcio", "version": "1.0", "vulns": [KNOWN]})
    scan(("CVE-9", "Critical", "fixed"))
    for _ in range(2):
        tell()

    [issue] = issues(github)
    rows = [line for line in issue["body"].splitlines() if line.startswith("| ")]
    link = "https://osv.dev/vulnerability"
    assert (advisories.TITLE, "OPEN") == (issue["title"], issue["state"])
    assert [
        f"| image | openssl | 3.0 | [CVE-9]({link}/CVE-9) | 3.1 |",
        f"| serve | grpcio | 1.0 | [PYSEC-1]({link}/PYSEC-1) | 2.0, 1.9.1 |",
    ] == rows[2:]
    assert "make base" in issue["body"]
    assert RUN in issue["body"]


def test_the_issue_is_closed_when_none_is_known_any_more(github: Cloud) -> None:
    audit("dev", {"name": "grpcio", "version": "1.0", "vulns": [KNOWN]})
    tell()
    audit("dev", SOUND)
    tell()

    [issue] = issues(github)
    assert ("CLOSED", "None is known any more.") == (issue["state"], issue["comment"])


@pytest.mark.parametrize(
    ("severity", "state", "counts"),
    [
        ("Critical", "fixed", True),
        ("High", "fixed", True),
        ("Medium", "fixed", False),
        ("Critical", "not-fixed", False),
        ("High", "wont-fix", False),
    ],
)
def test_of_the_image_counts_what_is_severe_and_has_a_fix(
    github: Cloud, severity: str, state: str, counts: bool
) -> None:
    scan(("CVE-9", severity, state))
    tell()

    assert counts == bool(issues(github))


def test_what_does_not_concern_this_project_is_accepted_of_both(github: Cloud) -> None:
    scan(("CVE-9", "High", "fixed"))
    tell("--ignore-vuln=CVE-9", "--ignore-vuln=PYSEC-1")

    assert [] == issues(github)
    assert "--ignore-vuln=CVE-9 --ignore-vuln=PYSEC-1" in Path("asked").read_text()


@pytest.mark.parametrize(
    "said", ["", "{}", '{"dependencies": [{"name": "numpy", "skip_reason": "no answer"}]}']
)
def test_what_cannot_be_told_is_red_and_closes_no_issue(github: Cloud, said: str) -> None:
    audit("serve", {"name": "grpcio", "version": "1.0", "vulns": [KNOWN]})
    tell()
    (advisories.LOCKS / "serve.json").write_text(said)

    with pytest.raises(CommandFailed, match="pip-audit could not ask about "):
        tell()
    assert ["OPEN"] == [issue["state"] for issue in issues(github)]


@pytest.mark.parametrize("text", ["", "{}", '{"matches": [{}]}'])
def test_a_scan_that_is_none_is_refused(github: Cloud, text: str) -> None:
    scan()
    advisories.SCAN.write_text(text)

    with pytest.raises(BoxOfficeError, match=r"scan\.json is not what Grype writes as JSON\."):
        tell()


def test_an_image_that_was_not_scanned_is_not_taken_for_sound(github: Cloud) -> None:
    advisories.BILL.touch()

    with pytest.raises(FileNotFoundError):
        tell()


def test_the_bill_is_that_of_the_newest_run_that_has_one(github: Cloud) -> None:
    (github.folder / "runs.json").write_text(json.dumps([{"databaseId": n} for n in (3, 2, 1)]))
    for number in (1, 2):
        folder = github.folder / "artifacts" / str(number)
        folder.mkdir(parents=True)
        (folder / advisories.BILL.name).write_text(f"of {number}")

    advisories.main(["bill"])

    assert "of 2" == advisories.BILL.read_text()
    assert f"sbom={advisories.BILL}\n" == (github.folder / "output").read_text()


def test_where_nothing_was_deployed_there_is_none(
    github: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories.main(["bill"])

    assert "sbom=\n" == (github.folder / "output").read_text()
    assert "advisories: no image was deployed lately\n" in capsys.readouterr().out


def test_the_workflow_scans_that_bill_and_deploy_leaves_it() -> None:
    workflows = ROOT / ".github" / "workflows"
    upkeep, deploy = ((workflows / f"{name}.yml").read_text() for name in ("upkeep", "deploy"))

    assert f"artifact-name: {advisories.BILL}\n" in deploy
    assert f"output-file: {advisories.SCAN}\n" in upkeep
    assert ("upkeep.yml", "advisories", "advisories") in Workflows(workflows, {}, {}).commands()
