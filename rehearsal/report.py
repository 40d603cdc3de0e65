"""The jobs of report.yml: what a pull request changes, without a login for its code."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.port import free_port
from rehearsal.retraining import change, read
from rehearsal.sandbox import Sandbox, expect
from training.common.paths import OUTCOMES

BRANCH = "outcomes"


def report(sandbox: Sandbox) -> Iterator[str]:
    """A pull request is compared, then is worse, then fails: its one comment says so each time.

    It is what main is ahead of origin when this begins, and no more when it ends.
    """
    text = compare(sandbox)
    for words in ("`ingest.source`", str(OUTCOMES), "MAE, M$", "### The gate", "mermaid"):
        expect(words in text, f"The report says nothing of {words}:\n{text}")
    (sandbox.folder / "review.md").write_text(text)
    yield f"report: one comment of {len(text.splitlines())} lines, by code that has no login"

    push(sandbox, "params.yaml", "max_iter: 50", "max_iter: 1")
    text = compare(sandbox, fails="gate")
    expect("rejects this model" in text, f"The gate rejects, and the comment says:\n{text}")
    push(sandbox, "dvc.yaml", "cmd: python -m training.train", "cmd: 'false'")
    text = compare(sandbox, fails="review")
    expect("Unknown" in text, f"Training fails, and the comment says:\n{text}")
    sandbox.sh("git", "reset", "--quiet", "--hard", "origin/main")
    yield "report: a worse model and a failed training turn the run red, and the comment says so"


def push(sandbox: Sandbox, file: str, before: str, after: str) -> None:
    """Push a change to the branch of the pull request."""
    change(sandbox.main / file, before, after)
    sandbox.commit(f"{file}: {after}", branch=BRANCH)


def compare(sandbox: Sandbox, fails: str = "") -> str:
    """Run the three jobs, the second up to the step that fails; returns the comment."""
    tables, report, comment = (workspace(sandbox, job) for job in ("tables", "report", "comment"))
    run(sandbox, tables, "install", "tables")
    hand_over(tables / "tables", report / "tables")
    sandbox.clone("report/report/head", BRANCH)
    with no_login(sandbox):
        steps = ("use", "base", "review", "gate")
        run(sandbox, report, *steps[: steps.index(fails or "gate") + 1], fails=fails)
    hand_over(report / "head" / "reports", comment / "reports", lost=fails == "review")
    run(sandbox, comment, "comment")
    (texts,) = read(sandbox.github / "comments.json").values()
    return str(texts[-1])


def workspace(sandbox: Sandbox, job: str) -> Path:
    """Where a job runs: main as it was pushed, and what it has trained already."""
    folder = sandbox.folder / "report" / job
    if not folder.exists():
        sandbox.clone(f"report/{job}/base")
    sandbox.sh("git", "checkout", "--quiet", "params.yaml", folder=folder / "base")
    return folder


def run(sandbox: Sandbox, folder: Path, *steps: str, fails: str = "") -> None:
    """Run steps of the job that has this workspace."""
    sandbox.workflows.expressions["github.workspace"] = str(folder)
    for step in steps:
        sandbox.workflows.run("report.yml", folder.name, step, folder, fails=step == fails)


def hand_over(source: Path, target: Path, lost: bool = False) -> None:
    """What a job leaves for the next one; a job that fails first leaves nothing."""
    shutil.rmtree(target, ignore_errors=True)
    if not lost:
        shutil.copytree(source, target)


@contextmanager
def no_login(sandbox: Sandbox) -> Iterator[None]:
    """Without the bucket, as code is run that nobody has reviewed."""
    variables, name = sandbox.workflows.environment, "STORAGE_EMULATOR_HOST"
    address, variables[name] = variables[name], f"http://127.0.0.1:{free_port()}"
    try:
        yield
    finally:
        variables[name] = address
