"""What becomes of a retrained model: a pull request if the gate lets it pass, else an issue."""

import argparse

from delivery.process import call, call_json
from service.errors import BoxOfficeError
from training.common.cli import run
from training.common.paths import MODEL
from training.estimator.folder import version
from training.review import REVIEW

TRACKED = ("dvc.lock", "models", "reports")
CHECKS = ("test.yml",)
LONGEST = 60_000  # characters of a body; GitHub takes 65,536


def pull_request(model: str, body: str) -> str:
    """The address of the pull request with this model; made once, however often it is asked for."""
    changed = call("git", "diff", "--name-only", "HEAD", "--", *TRACKED).split()
    if not changed:
        raise BoxOfficeError("No tracked file has changed: there is nothing to propose.")
    branch, title = f"retrain-{model}", f"Retrained model {model}"
    # With a message of our own CML does not ask GitHub to skip the checks.
    words = (f"--branch={branch}", f"--title={title}", f"--message={title}", f"--body={body}")
    url = call("cml", "pr", "create", *words, "--target-branch=main", *changed).strip()
    # What a workflow pushes starts no other workflow.
    for check in CHECKS:
        call("gh", "workflow", "run", check, f"--ref={branch}")
    return url


def issue(model: str, body: str) -> str:
    """The address of the open issue on this model; made once, however often it is asked for."""
    title = f"Retrained model {model} is rejected"
    words = ("--state=open", f"--search={model} in:title", "--json=title,url", "--limit=50")
    known = call_json("gh", "issue", "list", *words)
    found = next((each["url"] for each in known if each["title"] == title), None)
    return found or call("gh", "issue", "create", f"--title={title}", f"--body={body}").strip()


def main(argv: list[str] | None = None) -> int:
    """Propose the model, or say that it was rejected, with the report of `training.review`."""
    parser = argparse.ArgumentParser(prog="python -m delivery.propose", description=__doc__)
    parser.add_argument("outcome", choices=["promoted", "first", "rejected"])
    outcome = parser.parse_args(argv).outcome
    if not REVIEW.exists():
        raise BoxOfficeError(f"{REVIEW} is missing: run `make retrain` first.")
    body = REVIEW.read_text(encoding="utf-8")[:LONGEST]
    tell = issue if outcome == "rejected" else pull_request
    print(f"propose: {tell(version(MODEL), body)}")
    return 0


if __name__ == "__main__":
    run("propose", main)
