"""From tables in a bucket to a model that another machine can pull, and to its successor."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from delivery import sources
from rehearsal.films import OWNED, tables
from rehearsal.sandbox import Sandbox, expect
from service.films.schema import TARGET
from training.estimator.folder import version


def share(sandbox: Sandbox) -> Iterator[str]:
    """The owner trains on tables in a bucket and pushes; a fresh clone pulls the same bytes."""
    upload(sandbox, OWNED, lacking=True)
    settings = sandbox.main / "params.yaml"
    settings.write_text(sources.alone(settings.read_text(), "gs://films/raw"))
    # Refitting without each field takes longest, and nothing here depends on it.
    change(settings, "ablation_folds: 2", "ablation_folds: 0")
    sandbox.sh("make", "remote", "URL=gs://films/box-office")
    sandbox.sh("make", "train", "push")
    sandbox.commit("Our own films")
    count = len(sandbox.bucket.objects("box-office"))
    yield f"bucket: trained on gs://films/raw; {count} objects pushed with google-cloud-storage"
    fresh = sandbox.clone("fresh")
    sandbox.sh("make", "pull", folder=fresh)
    theirs, ours = (version(folder / "models" / "box_office") for folder in (fresh, sandbox.main))
    expect(theirs == ours, f"A fresh clone has pulled the model {theirs}, not {ours}.")
    printed = sandbox.sh("dvc", "repro", folder=fresh)
    expect(printed.count("Running stage") == 1, f"A fresh clone has something to train:\n{printed}")
    shutil.rmtree(fresh)
    yield f"bucket: a fresh clone pulled model {ours} and had nothing to train"


def change(path: Path, usual: str, ours: str) -> None:
    """Change one setting in a file."""
    text = path.read_text()
    expect(usual in text, f"{path.name} has no `{usual}` that could be changed.")
    path.write_text(text.replace(usual, ours))


def retraining(sandbox: Sandbox, branch: str) -> Iterator[str]:
    """Unchanged films give nothing, those of a branch a pull request, damaged films an issue."""
    outcome, _ = retrain(sandbox)
    expect(outcome == "unchanged", f"Without new films the outcome is {outcome}.")
    yield "retraining: unchanged data end green, and say so"

    merge(sandbox, branch)
    outcome, model = retrain(sandbox)
    expect(outcome == "promoted", f"With more films the outcome is {outcome}.")
    ((proposed, pull),) = read(sandbox.github / "pulls.json").items()
    expect("of the journal, as they were" in pull["body"], f"No replay is in:\n{pull['body']}")
    sandbox.sh("git", "fetch", "--quiet", "origin")
    changed = sandbox.sh("git", "diff", "--name-only", "origin/main", f"origin/{proposed}").split()
    expect("dvc.lock" in changed, f"The pull request changes {changed} only.")
    merge(sandbox, f"origin/{proposed}")
    yield f"retraining: on the union, {model} is a pull request, its checks are started; merged"

    upload(sandbox, share=2, damaged=True)
    outcome, model = retrain(sandbox)
    expect(outcome == "rejected", f"With damaged films the outcome is {outcome}.")
    # A week later the films are still damaged.
    sandbox.workflows.run("train.yml", "train", "propose", sandbox.folder / "train")
    titles = [issue["title"] for issue in read(sandbox.github / "issues.json")]
    issues = sum(model.partition(":")[2] in title for title in titles)
    expect(issues == 1, f"There are {issues} issues on one model: {titles}")
    yield f"retraining: {model}, trained on damaged films, is one issue and no pull request"


def merge(sandbox: Sandbox, branch: str) -> None:
    """Merge a pull request."""
    sandbox.sh("git", "merge", "--quiet", "--ff-only", branch)
    sandbox.sh("git", "push", "--quiet", "origin", "HEAD:main")


def retrain(sandbox: Sandbox) -> tuple[str, str]:
    """Run train.yml in a fresh checkout; returns the outcome and the model."""
    workspace, steps = sandbox.clone("train"), sandbox.workflows
    for step in ("install", "pull"):
        steps.run("train.yml", "train", step, workspace)
    steps.environment["NOW"] = sandbox.clock.now().isoformat()
    outputs = steps.run("train.yml", "train", "retrain", workspace)
    if outputs["outcome"] != "unchanged":
        for step in ("push", "propose"):
            steps.run("train.yml", "train", step, workspace)
    return outputs["outcome"], outputs["model"]


def freshness(sandbox: Sandbox) -> Iterator[str]:
    """Training that has gone quiet is noticed."""
    for days, fails in ((5, False), (40, True)):
        began = datetime.now(UTC) - timedelta(days=days)
        run = {"conclusion": "success", "createdAt": began.isoformat()}
        (sandbox.github / "runs.json").write_text(json.dumps([run]))
        sandbox.workflows.run("deploy.yml", "freshness", "fresh", sandbox.main, fails=fails)
    yield "freshness: a success 5 days ago is fine, one 40 days ago is complained of"


def upload(sandbox: Sandbox, share: int, lacking: bool = False, damaged: bool = False) -> None:
    """Put tables of films into the bucket; damaged ones have the target of others."""
    for name, table in tables(share, lacking).items():
        if damaged and TARGET in table:
            table[TARGET] = table[TARGET].sample(frac=1, random_state=1).values
        table.to_csv(sandbox.raw / name, index=False)
    sandbox.bucket.upload(sandbox.raw, "raw")


def read(path: Path) -> Any:
    """What a fake has kept."""
    return json.loads(path.read_text())
