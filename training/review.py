"""What a pull request changes, for the people who decide on it: one page beside its base.

Run in the pull request's tree after `dvc repro` and `python -m training.promote`; `--base` is the
same tree of the branch that it goes into.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training.common.cli import run
from training.common.files import write
from training.common.numbers import percent
from training.common.params import PARAMS
from training.common.paths import FILMS, METRICS, MODEL, REPORTS
from training.estimator.folder import version
from training.films.units import SCALE, UNIT
from training.gate.verdict import Verdict
from training.reporting import data_diff
from training.reporting.markdown import chart, plain, table
from training.reporting.metric_diff import changes, parameters
from training.watching import replay_page
from training.watching.replayed import Verdict as Replay

REVIEW = REPORTS / "review.md"
VERDICT = REPORTS / "verdict.json"
REPLAY = REPORTS / "replay.json"
PARTS = {"cross_validation": "cross-validated", "test": "held out", "backtest": "later years"}
_OUTCOMES = {
    "promoted": "**The gate lets this model replace the one of main.**",
    "first": "**There is no model to compare with: the gate let this one pass.**",
    "unchanged": "**The model is the one of main, to the last byte.**",
    "rejected": "**The gate rejects this model: main keeps its own.**",
}


@dataclass(frozen=True)
class Side:
    """What is known of one of the two trees."""

    metrics: dict[str, Any]
    params: dict[str, Any]
    films: pd.DataFrame

    @classmethod
    def read(cls, root: Path, way_out: str) -> "Side":
        """Read a tree; raises BoxOfficeError with the file at fault and the way out."""
        metrics, settings, films = (root / path for path in (METRICS, PARAMS, FILMS))
        missing = next((path for path in (metrics, settings, films) if not path.exists()), None)
        if missing:
            raise BoxOfficeError(f"{missing} is missing: {way_out}.")
        try:
            return cls(
                metrics=json.loads(metrics.read_text(encoding="utf-8")),
                params=yaml.safe_load(settings.read_text(encoding="utf-8")),
                films=pd.read_parquet(films),
            )
        except (OSError, ValueError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise BoxOfficeError(
                f"A file in {root} cannot be read ({reason}): {way_out}."
            ) from error


def render(
    base: Side,
    head: Side,
    verdict: Verdict | None,
    replayed: Replay | None,
    links: dict[str, str],
) -> str:
    """The page as Markdown."""
    outcome = _OUTCOMES[verdict.verdict] if verdict else "**The gate could give no verdict.**"
    parts = ["## What this changes in the forecasts", outcome]
    parts += [horizon_section(base, head, horizon) for horizon in _horizons(base, head)]
    parts += ["### The gate", gate(verdict), "### What was asked about", asked(replayed)]
    parts += ["### The films", films(base.films, head.films)]
    parts += ["### Parameters", settings(base, head)]
    if links:
        parts.append(" · ".join(f"[{plain(name)}]({url})" for name, url in links.items()))
    return "\n\n".join(parts) + "\n"


def horizon_section(base: Side, head: Side, horizon: str) -> str:
    """Metrics beside those of the base, and the errors as bars."""
    promised = float(head.params["train"]["coverage"])
    header = ["metric", "main", "this", "change"]
    shown = []
    for part, name in PARTS.items():
        rows = changes(base.metrics, head.metrics, part, horizon, promised)
        shown.append(
            f"{name}:\n\n{table(header, [change.cells() for change in rows])}" if rows else ""
        )
    first, *others = shown
    rest = "\n\n".join(text for text in others if text)
    folded = f"<details><summary>held out and later years</summary>\n\n{rest}\n\n</details>"
    return "\n\n".join([f"### `{horizon}`", first, bars(base, head, horizon), folded])


def bars(base: Side, head: Side, horizon: str) -> str:
    """MAE of both models and the baselines, as a chart for what renders Mermaid."""
    old, new = (
        side.metrics["cross_validation"].get(horizon, {}).get("model", {}) for side in (base, head)
    )
    baselines = {
        name: scores
        for name, scores in head.metrics["cross_validation"].get(horizon, {}).items()
        if name not in ("films", "model")
    }
    errors = {"main": old, "this": new} | baselines
    named = {name: scores["mae"] / SCALE for name, scores in errors.items() if "mae" in scores}
    return chart(f"MAE, {horizon}, cross-validated", list(named), UNIT, list(named.values()))


def gate(verdict: Verdict | None) -> str:
    """The verdict in full, a level below the headings of this page."""
    if verdict is None:
        return "There is no verdict: `python -m training.promote` says why, in the log of this run."
    return verdict.markdown().replace("# ", "#### ", 1).strip()


def asked(replayed: Replay | None) -> str:
    """The replay of the journal as all may read it, without a film."""
    if replayed is None:
        return "No journal was replayed here; where there is one, `deploy.yml` does so."
    return replay_page.summary(replayed)


def films(before: pd.DataFrame, now: pd.DataFrame) -> str:
    """What became of the films, and which fields have drifted."""
    if before.equals(now):
        return f"The {len(now):,} films are those of main."
    count = data_diff.titles(before, now)
    drifts = data_diff.fields(before, now)
    drifted = [row.field for row in drifts if row.drifted]
    rows = [
        [
            f"{'⚠ ' if row.drifted else ''}`{row.field}`",
            *(percent(share) for share in row.unknown),
            *(plain(word) for word in row.typical),
            "" if row.distance is None else f"{row.distance:.3f}",
        ]
        for row in drifts
    ]
    header = ["field", "unknown, main", "this", "typical, main", "this", "distance"]
    return (
        f"{count.before:,} films became {count.now:,}: {count.added:,} titles are new, "
        f"{count.removed:,} are gone, {count.changed:,} say something else. "
        f"Drift: {', '.join(f'`{name}`' for name in drifted) or 'none'}.\n\n"
        f"<details><summary>field by field</summary>\n\n{table(header, rows)}\n\n"
        "Typical is the median, or the most frequent label. Distance is the Kolmogorov-Smirnov "
        "statistic, for labels the total variation; ⚠ where it, or the share of unknown values, "
        f"moved by more than {data_diff.DRIFTED}.\n\n</details>"
    )


def settings(base: Side, head: Side) -> str:
    """What differs in params.yaml."""
    rows = parameters(base.params, head.params)
    if not rows:
        return "`params.yaml` is that of main."
    return table(["parameter", "main", "this"], rows, text=3)


def _horizons(base: Side, head: Side) -> Iterator[str]:
    names = [*head.metrics["cross_validation"], *base.metrics["cross_validation"]]
    yield from dict.fromkeys(names)


def read_verdict() -> Verdict | None:
    """The verdict of the gate, or None where it could give none."""
    if not VERDICT.exists():
        return None
    try:
        return Verdict.model_validate_json(VERDICT.read_bytes())
    except ValidationError as error:
        raise BoxOfficeError(
            f"{VERDICT} is damaged: run `python -m training.promote` again."
        ) from error


def read_replay() -> Replay | None:
    """What was replayed of the model that is here, or None where nothing was."""
    if not REPLAY.exists():
        return None
    try:
        said = Replay.model_validate_json(REPLAY.read_bytes())
    except ValidationError as error:
        raise BoxOfficeError(f"{REPLAY} is damaged: run `make replay` again.") from error
    return said if said.found.candidate == f"{MODEL_NAME}:{version(MODEL)}" else None


def main(argv: list[str] | None = None) -> int:
    """Write the page whole, or not at all, and print it."""
    parser = argparse.ArgumentParser(prog="python -m training.review", description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="folder of the base branch")
    parser.add_argument("--link", nargs=2, action="append", default=[], metavar=("NAME", "URL"))
    arguments = parser.parse_args(argv)
    head = Side.read(Path(), "run `dvc repro` first")
    base = Side.read(arguments.base, "run `make train` there first")
    links = {name: url for name, url in arguments.link if url}
    text = render(base, head, read_verdict(), read_replay(), links)
    write(REVIEW, text)
    print(text, end="")
    return 0


if __name__ == "__main__":
    run("review", main)
