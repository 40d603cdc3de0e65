"""Propose a retrained model: a pull request if it passed the gate, an issue if it did not."""

import argparse

from delivery.process import call, call_json
from service.errors import BoxOfficeError
from training.common.cli import run
from training.common.paths import MODEL, OUTCOMES
from training.estimator.folder import version
from training.review import REVIEW

TRACKED = ("dvc.lock", "models", "reports", str(OUTCOMES))
CHECKS = ("test.yml",)
LONGEST = 60_000  # characters of a body; GitHub takes 65,536


def pull_request(model: str, body: str) -> str:
    """The URL of the pull request with this model, which is opened only once."""
    if OUTCOMES.exists():
        call("git", "add", "--intent-to-add", str(OUTCOMES))  # or a new file would not be seen
    changed = call("git", "diff", "--name-only", "HEAD", "--", *TRACKED).split()
    if not changed:
        raise BoxOfficeError("No tracked file has changed: there is nothing to propose.")
    branch, title = f"retrain-{model}", f"Retrained model {model}"
    # CML's default message tells GitHub to skip the checks; this one does not.
    words = (f"--branch={branch}", f"--title={title}", f"--message={title}", f"--body={body}")
    url = call("cml", "pr", "create", *words, "--target-branch=main", *changed).strip()
    # A push by a workflow does not start other workflows.
    for check in CHECKS:
        call("gh", "workflow", "run", check, f"--ref={branch}")
    return url


def issue(model: str, body: str) -> str:
    """The URL of the open issue on this model, which is opened only once."""
    title = f"Retrained model {model} is rejected"
    words = ("--state=open", f"--search={model} in:title", "--json=title,url", "--limit=50")
    issues = call_json("gh", "issue", "list", *words)
    url = next((each["url"] for each in issues if each["title"] == title), None)
    return url or call("gh", "issue", "create", f"--title={title}", f"--body={body}").strip()


def main(argv: list[str] | None = None) -> int:
    """Open the pull request or the issue, with the report of `training.review` as its text."""
    parser = argparse.ArgumentParser(prog="python -m delivery.propose", description=__doc__)
    parser.add_argument("outcome", choices=["promoted", "first", "rejected"])
    outcome = parser.parse_args(argv).outcome
    if not REVIEW.exists():
        raise BoxOfficeError(f"{REVIEW} is missing: run `make retrain` first.")
    body = REVIEW.read_text(encoding="utf-8")[:LONGEST]
    publish = issue if outcome == "rejected" else pull_request
    print(f"propose: {publish(version(MODEL), body)}")
    return 0


if __name__ == "__main__":
    run("propose", main)
