"""The report and the model card, for people and machines: what the earlier stages found, rendered.

Nothing is fitted here. The forecasts are the cross-validated ones unless it says otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from service.films.schema import NOUN
from service.model.background import Background
from service.model.comparables import Table
from service.model.manifest import Manifest
from training.common import params
from training.common.cli import run
from training.common.files import read_json, read_table, write_together
from training.common.paths import (
    ANSWERS,
    CURVES,
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
from training.films.facts import data_facts, extent
from training.films.tables import TABLES as RAW_TABLES
from training.reporting import modelcard, sections
from training.reporting.curves import curves
from training.reporting.plots import draw
from training.reporting.slices import slices, worst

REPORT = REPORTS / "report.md"
NUMBERS = REPORTS / "report.json"

Facts = dict[str, Any]


def findings(answers: pd.DataFrame, edges: Sequence[float], settings: params.Report) -> Facts:
    """Slices, calibration and worst films of one horizon."""
    return {
        "calibration": by_decile(answers),
        "slices": slices(answers, edges),
        "worst": worst(answers, settings.worst_films),
    }


def render(found: Mapping[str, Facts], metrics: Facts, effects: Facts, card: Facts) -> str:
    """The report as Markdown, one chapter a horizon."""
    head = (
        "# Forecast report\n\n"
        f"{extent(card['data'])}. Forecasts are cross-validated by title "
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
        "Distribution": sections.distribution(horizon, metrics["distribution"][horizon]),
        "Calibration": sections.calibration(horizon, found["calibration"], promised),
        "Slices": sections.slices(found["slices"]),
        "Fields": sections.effects(importance, ablation),
        f"Worst {NOUN}s": sections.worst(found["worst"]),
    }
    parts = [f"### {title}\n\n{text}" for title, text in titled.items()]
    return "\n\n".join([f"## `{horizon}`", *parts])


def main(argv: list[str] | None = None) -> int:
    """Run the stage: what is known in; report, plots, their data and model card out."""
    settings, tiers = params.load().report, params.load().groups.tiers
    source = params.load().ingest.source
    metrics, effects = (read_json(path) for path in (METRICS, FIELD_EFFECTS))
    table, model = read_table(ANSWERS), Manifest.read(MODEL)
    answers = {str(h): rows for h, rows in table.groupby("horizon", sort=False)}
    by_horizon = {h: findings(rows, tiers, settings) for h, rows in answers.items()}
    films = read_table(FILMS)
    tables = {name: read_table(TABLES / f"{name}.parquet") for name in RAW_TABLES}
    data = data_facts(films, tables, source, model.data_hash)
    facts = {
        h: modelcard.horizon_facts(h, model, metrics, rows, by_horizon[h]["slices"])
        for h, rows in answers.items()
    }
    beside = modelcard.beside_forecasts(Background.read(MODEL), Table.read(MODEL))
    card = modelcard.model_card(model, beside, data, facts)
    pictures = draw(answers, model.coverage)
    write_together(
        {
            **{PLOTS / name: picture for name, picture in pictures.items()},
            **{CURVES / name: points for name, points in curves(answers).items()},
            REPORT: render(by_horizon, metrics, effects, card),
            NUMBERS: _json(by_horizon),
            MODEL_CARD.with_suffix(".md"): modelcard.markdown(card),
            MODEL_CARD: _json(card),
        }
    )
    return 0


def _json(facts: Facts) -> str:
    return json.dumps(facts, indent=2, allow_nan=False) + "\n"


if __name__ == "__main__":
    run("report", main)
