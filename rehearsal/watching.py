"""watch.yml: what it says, at the clock of the rehearsal, of the journal in the bucket."""

import json
from dataclasses import dataclass
from typing import Any

from delivery.alarm import RETRAINING, TITLES
from rehearsal.retraining import read
from rehearsal.sandbox import Sandbox
from training.watch import JSON

_FOLDER = "watch"


@dataclass(frozen=True)
class Issue:
    """An issue on what is served."""

    title: str
    body: str
    state: str


@dataclass(frozen=True)
class Sight:
    """What a look has led to: all issues on what is served, and the facts of the report."""

    issues: list[Issue]
    facts: dict[str, Any]

    @property
    def open(self) -> list[Issue]:
        """Those that are open."""
        return [issue for issue in self.issues if issue.state == "OPEN"]

    @property
    def titles(self) -> list[str]:
        """The titles of those."""
        return [issue.title for issue in self.open]

    @property
    def inside(self) -> float:
        """The share of films inside their intervals."""
        return float(self.facts["promises"][0]["coverage"]["inside"])


def check_out(sandbox: Sandbox) -> None:
    """Get main and its model, as every run of the workflow does."""
    workspace = sandbox.clone(_FOLDER)
    for step in ("install", "pull"):
        sandbox.workflows.run("watch.yml", "watch", step, workspace)


def look(sandbox: Sandbox) -> Sight:
    """Watch, in what was checked out last."""
    workspace = sandbox.folder / _FOLDER
    sandbox.workflows.environment["NOW"] = sandbox.clock.now().isoformat()
    sandbox.workflows.run("watch.yml", "watch", "alarm", workspace)
    path = sandbox.github / "issues.json"
    found = [Issue(e["title"], e["body"], e["state"]) for e in read(path)] if path.exists() else []
    issues = [issue for issue in found if issue.title in TITLES.values()]
    return Sight(issues, read(workspace / JSON))


def retrainings(sandbox: Sandbox) -> int:
    """How often continuous training was started."""
    calls = map(json.loads, (sandbox.folder / "calls.jsonl").read_text().splitlines())
    return sum(call["argv"][:3] == ["workflow", "run", RETRAINING] for call in calls)
