"""watch.yml in a rehearsal: at which time it looks, and what is seen of it."""

import json
from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from delivery.alarm import TITLES
from rehearsal import watching
from rehearsal.sandbox import Sandbox
from rehearsal.workflow import Workflows
from training.watch import JSON
from training.watching.report import BROKEN, DRIFT

STEP = """
jobs: {watch: {steps: [{id: alarm, run: 'echo "$NOW" > at.txt'}]}}
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A sandbox whose watch writes down when it looks, and has found this and that."""
    for name in ("workflows", "github", "watch/reports"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "workflows" / "watch.yml").write_text(STEP)
    seen = {"promises": [{"coverage": {"inside": 0.75}}]}
    (tmp_path / "watch" / JSON).write_text(json.dumps(seen))
    workflows = Workflows(tmp_path / "workflows", {"PATH": "/usr/bin:/bin"}, {})
    return Sandbox(tmp_path, Mock(), "", workflows)


def test_the_workflow_looks_at_the_time_of_the_rehearsal(sandbox: Sandbox) -> None:
    sandbox.clock.jump(365)

    watching.look(sandbox)

    looked = datetime.fromisoformat((sandbox.folder / "watch" / "at.txt").read_text().strip())
    assert abs((looked - sandbox.clock.now()).total_seconds()) < 60


def test_seen_are_the_issues_on_what_is_served_and_the_share_inside(sandbox: Sandbox) -> None:
    issues = [
        {"title": TITLES[DRIFT], "body": "A field.", "state": "CLOSED"},
        {"title": TITLES[BROKEN], "body": "A promise.", "state": "OPEN"},
        {"title": "Retrained model x is rejected", "body": "", "state": "OPEN"},
    ]
    (sandbox.github / "issues.json").write_text(json.dumps(issues))

    sight = watching.look(sandbox)

    assert [TITLES[DRIFT], TITLES[BROKEN]] == [issue.title for issue in sight.issues]
    assert [TITLES[BROKEN]] == sight.titles
    assert 0.75 == sight.inside


def test_without_issues_none_is_seen(sandbox: Sandbox) -> None:
    assert [] == watching.look(sandbox).issues


def test_trainings_that_were_started_are_counted(sandbox: Sandbox) -> None:
    calls = [
        ["workflow", "run", "train.yml", "--ref=main"],
        ["workflow", "run", "test.yml", "--ref=x"],
        ["issue", "list"],
    ]
    lines = "".join(json.dumps({"program": "gh", "argv": call}) + "\n" for call in calls)
    (sandbox.folder / "calls.jsonl").write_text(lines)

    assert 1 == watching.retrainings(sandbox)
