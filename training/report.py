"""The report and the model card, for people and machines: what the earlier stages found, rendered.

Nothing is fitted here. All is of the cross-validated forecasts where nothing else is said.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from service.model.manifest import Manifest
from training.common import params
from training.common.cli import run
from training.common.paths import (
    ANSWERS,
    FIELD_EFFECTS,
    FILMS,
    METRICS,
    MODEL,
    MODEL_CARD,
    PLOTS,
    REPORTS,
    TABLES,
)
from training.evaluation.calibration import by_decile
from training.reporting import modelcard, sections
from training.reporting.plots import draw
from training.reporting.slices import slices, worst

REPORT = REPORTS / "report.md"
NUMBERS = REPORTS / "report.json"

Facts = dict[str, Any]


def findings(answers: pd.DataFrame, settings: params.Report) -> Facts:
    """Slices, calibration and worst films of one horizon."""
    return {
        "calibration": by_decile(answers),
        "slices": slices(answers, settings.budget_edges),
        "worst": worst(answers, settings.worst_films),
    }


def render(found: Mapping[str, Facts], metrics: Facts, effects: Facts, card: Facts) -> str:
    """The report as Markdown, one chapter a horizon."""
    data = card["data"]
    first, last = data["years"]
    head = (
        "# Forecast report\n\n"
        f"{data['films']:,} films of {first} to {last}. Forecasts are cross-validated by title "
        "where nothing else is said: no model has seen the title that it forecasts. Written by "
        "`python -m training.report`; the numbers are in `report.json` and `metrics.json`."
    )
    parts = [chapter(h, found[h], metrics, effects, card["coverage"]) for h in found]
    return "\n\n".join([head, *parts]) + "\n"


def chapter(horizon: str, found: Facts, metrics: Facts, effects: Facts, promised: float) -> str:
    """All sections of one horizon."""
    importance, ablation = effects["importance"][horizon], effects["ablation"][horizon]
    titled = {
        "Model and baselines": sections.quality(horizon, metrics),
        "Interval": sections.interval(metrics["interval"][horizon]),
        "Calibration": sections.calibration(horizon, found["calibration"], promised),
        "Slices": sections.slices(found["slices"]),
        "Fields": sections.effects(importance, ablation),
        "Worst films": sections.worst(found["worst"]),
    }
    parts = [f"### {title}\n\n{text}" for title, text in titled.items()]
    return "\n\n".join([f"## `{horizon}`", *parts])


def main(argv: list[str] | None = None) -> int:
    """Run the stage: what is known in; report, plots and model card out."""
    settings, source = params.load().report, params.load().ingest.source
    metrics, effects = (json.loads(path.read_text()) for path in (METRICS, FIELD_EFFECTS))
    table, model = pd.read_parquet(ANSWERS), Manifest.read(MODEL)
    answers = {str(h): rows for h, rows in table.groupby("horizon", sort=False)}
    found = {h: findings(rows, settings) for h, rows in answers.items()}
    films, financials = pd.read_parquet(FILMS), pd.read_parquet(TABLES / "financials.parquet")
    data = modelcard.data_facts(films, financials, source, model.data_hash)
    facts = {
        h: modelcard.horizon_facts(h, model, metrics, rows, found[h]["slices"])
        for h, rows in answers.items()
    }
    card = modelcard.model_card(model, data, facts)
    draw(answers, model.coverage, PLOTS)
    write(REPORT, render(found, metrics, effects, card), NUMBERS, found)
    write(MODEL_CARD.with_suffix(".md"), modelcard.markdown(card), MODEL_CARD, card)
    return 0


def write(page: Path, text: str, data: Path, facts: Facts) -> None:
    """A page for people beside the same facts for machines."""
    page.write_text(text, encoding="utf-8")
    data.write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run("report", main)
