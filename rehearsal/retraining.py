"""From tables in a bucket to a model that another machine can pull, and to its successor."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from delivery import sources
from rehearsal.sandbox import Sandbox, expect, tables
from service.films.schema import TARGET
from training.estimator.folder import version


def share(sandbox: Sandbox) -> Iterator[str]:
    """The owner trains on tables in a bucket and pushes; a fresh clone pulls the same bytes."""
    upload(sandbox, share=3)
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


def retraining(sandbox: Sandbox) -> Iterator[str]:
    """Unchanged films give nothing, more films a pull request, damaged films an issue."""
    outcome, _ = retrain(sandbox)
    expect(outcome == "unchanged", f"Without new films the outcome is {outcome}.")
    yield "retraining: unchanged data end green, and say so"

    upload(sandbox, share=2)
    outcome, model = retrain(sandbox)
    expect(outcome == "promoted", f"With more films the outcome is {outcome}.")
    ((branch, pull),) = read(sandbox.github / "pulls.json").items()
    expect("of the journal, as they were" in pull["body"], f"No replay is in:\n{pull['body']}")
    sandbox.sh("git", "fetch", "--quiet", "origin")
    changed = sandbox.sh("git", "diff", "--name-only", "origin/main", f"origin/{branch}").split()
    expect("dvc.lock" in changed, f"The pull request changes {changed} only.")
    sandbox.sh("git", "merge", "--quiet", "--ff-only", f"origin/{branch}")
    sandbox.sh("git", "push", "--quiet", "origin", "HEAD:main")
    yield f"retraining: {model} is a pull request on {branch}, its checks are started; merged"

    upload(sandbox, share=2, damaged=True)
    outcome, model = retrain(sandbox)
    expect(outcome == "rejected", f"With damaged films the outcome is {outcome}.")
    # A week later the films are still damaged.
    sandbox.workflows.run("train.yml", "train", "propose", sandbox.folder / "train")
    titles = [issue["title"] for issue in read(sandbox.github / "issues.json")]
    issues = [title for title in titles if title.endswith("is rejected")]
    expect(len(issues) == 1, f"There are {len(issues)} issues on one model.")
    yield f"retraining: {model}, trained on damaged films, is one issue and no pull request"


def retrain(sandbox: Sandbox) -> tuple[str, str]:
    """Run train.yml in a fresh checkout; returns the outcome and the model."""
    workspace, steps = sandbox.clone("train"), sandbox.workflows
    for step in ("install", "pull"):
        steps.run("train.yml", "train", step, workspace)
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


def upload(sandbox: Sandbox, share: int, damaged: bool = False) -> None:
    """Put the tables of more films, or of films with the target of others, into the bucket."""
    for name, table in tables(share).items():
        if damaged and TARGET in table:
            table[TARGET] = table[TARGET].sample(frac=1, random_state=1).values
        table.to_csv(sandbox.raw / name, index=False)
    sandbox.bucket.upload(sandbox.raw, "raw")


def read(path: Path) -> Any:
    """What a fake has kept."""
    return json.loads(path.read_text())
