"""The tests run on BentoML's newest release, and one issue says when they fail there."""

import json
from pathlib import Path
from typing import Any

import pytest

from delivery import newest
from service.errors import BoxOfficeError
from tests.support.cloud import Cloud, open_cloud
from tests.support.project import ROOT

RUN = "https://github.com/owner/films/actions/runs/1"
# Makes a Python that says which release is there, and how its tests end.
UV = """#!/bin/sh
echo "uv $*" >> asked
case "$1" in venv)
    mkdir -p env/bin
    printf '#!/bin/sh\\necho "python $*" >> asked\\n[ "$1" = -c ] && echo %s || exit %s\\n' \\
        "$NEWEST" "$CODE" > env/bin/python
    chmod +x env/bin/python
esac
"""


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The fake gh, beside a uv that installs what $NEWEST says, whose tests end with $CODE."""
    cloud = open_cloud(tmp_path / "github", monkeypatch)
    monkeypatch.setenv("FAKE_GITHUB", str(cloud.folder))
    monkeypatch.setenv("GITHUB_OUTPUT", str(cloud.folder / "output"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text(UV)
    (tmp_path / "bin" / "uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}", prepend=":")
    newest.LOCK.parent.mkdir()
    newest.LOCK.write_text("a==1\nbentoml==1.4.9 \\\n    --hash=sha256:00\nbentoml-x==2\n")
    return cloud


def test(monkeypatch: pytest.MonkeyPatch, release: str, code: int) -> int:
    monkeypatch.setenv("NEWEST", release)
    monkeypatch.setenv("CODE", str(code))
    return newest.main(["test", "env"])


test.__test__ = False  # type: ignore[attr-defined]


def tell(outcome: str, release: str = "1.5.0") -> None:
    assert 0 == newest.main(["tell", outcome, f"--release={release}", f"--run={RUN}"])


def issues(github: Cloud) -> Any:
    path = github.folder / "issues.json"
    return json.loads(path.read_text()) if path.exists() else []


@pytest.mark.parametrize(("code", "outcome"), [(0, "passed"), (1, "failed")])
def test_bentoml_alone_is_newer_than_in_the_lock_and_the_tests_decide(
    github: Cloud, monkeypatch: pytest.MonkeyPatch, code: int, outcome: str
) -> None:
    assert code == test(monkeypatch, "1.5.0", code)

    asked = Path("asked").read_text().splitlines()
    assert "uv venv --quiet --clear env" == asked[0]
    assert "uv pip sync --quiet --python=env/bin/python requirements/dev.txt" == asked[1]
    assert asked[2].endswith("--python=env/bin/python --upgrade-package=bentoml bentoml")
    assert "python -m pytest --ignore=tests/project/test_environment.py" == asked[-1]
    assert f"version=1.5.0\noutcome={outcome}\n" == (github.folder / "output").read_text()


def test_a_release_that_is_in_the_lock_already_is_not_tested_again(
    github: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 == test(monkeypatch, "1.4.9", 1)

    assert "pytest" not in Path("asked").read_text()
    assert "outcome=passed\n" in (github.folder / "output").read_text()


def test_one_issue_says_that_they_fail_until_they_pass(github: Cloud) -> None:
    tell("failed", "1.5.0")
    tell("failed", "1.5.1")
    [issue] = issues(github)
    assert (newest.TITLE, "OPEN") == (issue["title"], issue["state"])
    assert "On bentoml 1.5.1 they fail" in issue["body"]
    assert "pins 1.4.9" in issue["body"]

    tell("passed", "1.5.2")

    [issue] = issues(github)
    assert ("CLOSED", True) == (issue["state"], "They pass on 1.5.2" in issue["comment"])


def test_where_they_pass_there_is_no_issue(github: Cloud) -> None:
    tell("passed")

    assert [] == issues(github)


@pytest.mark.parametrize(
    ("outcome", "release"), [("", ""), ("skipped", "1.5.0"), ("passed", "1.5.0 | <b>")]
)
def test_what_cannot_be_told_is_red_and_closes_no_issue(
    github: Cloud, outcome: str, release: str
) -> None:
    tell("failed")

    with pytest.raises(BoxOfficeError, match="It could not be told whether the tests pass"):
        tell(outcome, release)
    assert ["OPEN"] == [issue["state"] for issue in issues(github)]


def test_the_lock_of_this_project_pins_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert newest.locked()
    assert Path(newest._LEFT_OUT).exists()
