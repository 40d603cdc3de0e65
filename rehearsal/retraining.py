"""From tables in a bucket to a model that another machine can pull, and to what replaces it."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rehearsal.sandbox import Stage, expect, tables
from training.register import version

SETTINGS = {
    "source: data/open": "source: gs://films/raw",
    # Refitting without each field is the longest part, and nothing here depends on it.
    "ablation_folds: 2": "ablation_folds: 0",
}


def share(stage: Stage) -> Iterator[str]:
    """The owner trains on tables in a bucket and pushes; a fresh clone pulls the same bytes."""
    upload(stage, share=3)
    for usual, ours in SETTINGS.items():
        change(stage.main, usual, ours)
    stage.sh("make", "remote", "URL=gs://films/box-office")
    stage.sh("make", "train", "push")
    stage.commit("Our own films")
    count = len(stage.bucket.objects("box-office"))
    yield f"bucket: trained on gs://films/raw; {count} objects pushed with google-cloud-storage"
    fresh = stage.clone("fresh")
    stage.sh("make", "pull", folder=fresh)
    theirs, ours = (version(folder / "models" / "box_office") for folder in (fresh, stage.main))
    expect(theirs == ours, f"A fresh clone has pulled the model {theirs}, not {ours}.")
    said = stage.sh("dvc", "repro", folder=fresh)
    expect("up to date" in said, f"A fresh clone has something to train:\n{said}")
    shutil.rmtree(fresh)
    yield f"bucket: a fresh clone pulled model {ours} and had nothing to train"


def change(project: Path, usual: str, ours: str) -> None:
    """Change one setting in the params.yaml of a checkout."""
    path = project / "params.yaml"
    text = path.read_text()
    expect(usual in text, f"params.yaml has no `{usual}` that could be changed.")
    path.write_text(text.replace(usual, ours))


def report(stage: Stage) -> Iterator[str]:
    """A pull request changes a parameter, twice: its one comment says what that does."""
    change(stage.main, "trees_weight: 0.55", "trees_weight: 0.7")
    stage.commit("More trees", branch="more-trees")
    stage.sh("git", "reset", "--quiet", "--hard", "origin/main")
    workspace = stage.folder / "report"
    stage.clone("report/head", "more-trees")
    stage.clone("report/base")
    stage.workflows.known["github.workspace"] = str(workspace)
    for step in ("pull", "base", "review", "comment", "comment", "gate"):
        stage.workflows.run("report.yml", "report", step, workspace)
    (first, second), *others = read(stage.github / "comments.json").values()
    expect(not others and first == second, "The comment was repeated.")
    for words in ("`train.trees_weight` | 0.55 | 0.7", "MAE, M$", "### The gate", "mermaid"):
        expect(words in second, f"The report says nothing of {words}:\n{second}")
    (stage.folder / "review.md").write_text(second)
    yield f"report: one comment of {len(second.splitlines())} lines, made once and then updated"


def retraining(stage: Stage) -> Iterator[str]:
    """Nothing new, then more films, then damaged ones: nothing, a pull request, an issue."""
    outcome, _ = retrain(stage)
    expect(outcome == "unchanged", f"Without new films the outcome is {outcome}.")
    yield "retraining: unchanged data end green, and say so"

    upload(stage, share=2)
    outcome, model = retrain(stage)
    expect(outcome == "promoted", f"With more films the outcome is {outcome}.")
    (branch,) = read(stage.github / "pulls.json")
    stage.sh("git", "fetch", "--quiet", "origin")
    changed = stage.sh("git", "diff", "--name-only", "origin/main", f"origin/{branch}").split()
    expect("dvc.lock" in changed, f"The pull request changes {changed} only.")
    stage.sh("git", "merge", "--quiet", "--ff-only", f"origin/{branch}")
    stage.sh("git", "push", "--quiet", "origin", "HEAD:main")
    yield f"retraining: {model} is a pull request on {branch}, its checks are started; merged"

    upload(stage, share=2, damaged=True)
    outcome, model = retrain(stage)
    expect(outcome == "rejected", f"With damaged films the outcome is {outcome}.")
    # As next week, when the films are still damaged.
    stage.workflows.run("train.yml", "train", "propose", stage.folder / "train")
    issues = read(stage.github / "issues.json")
    expect(len(issues) == 1, f"There are {len(issues)} issues on one model.")
    yield f"retraining: {model}, trained on damaged films, is one issue and no pull request"


def retrain(stage: Stage) -> tuple[str, str]:
    """Run train.yml in a fresh checkout; the outcome and the model."""
    workspace, steps = stage.clone("train"), stage.workflows
    for step in ("install", "pull"):
        steps.run("train.yml", "train", step, workspace)
    told = steps.run("train.yml", "train", "retrain", workspace)
    if told["outcome"] != "unchanged":
        for step in ("push", "propose"):
            steps.run("train.yml", "train", step, workspace)
    return told["outcome"], told["model"]


def freshness(stage: Stage) -> Iterator[str]:
    """Training that has gone quiet is noticed."""
    for days, fails in ((5, False), (40, True)):
        began = datetime.now(UTC) - timedelta(days=days)
        run = {"conclusion": "success", "createdAt": began.isoformat()}
        (stage.github / "runs.json").write_text(json.dumps([run]))
        stage.workflows.run("deploy.yml", "freshness", "fresh", stage.main, fails=fails)
    yield "freshness: a success 5 days ago is fine, one 40 days ago is complained of"


def upload(stage: Stage, share: int, damaged: bool = False) -> None:
    """Put the tables of more films, or of films with the gross of others, into the bucket."""
    for name, table in tables(share).items():
        if damaged and "worldwide_gross" in table:
            table["worldwide_gross"] = (
                table["worldwide_gross"].sample(frac=1, random_state=1).values
            )
        table.to_csv(stage.raw / name, index=False)
    stage.bucket.upload(stage.raw, "raw")


def read(path: Path) -> Any:
    """What a fake has kept."""
    return json.loads(path.read_text())
