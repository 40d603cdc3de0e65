"""The first signs of drift are metrics: warnings by kind, unknown fields, sizes of forecasts."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.journal.signs import Signs
from service.model.doubts import KINDS, kind
from service.model.predictor import Forecast, Predictor
from service.telemetry import metrics
from tests.support.server import Server, wait_until

FILMS = [
    {},
    {"production_budget": 20e6, "duration": 90, "genre": "Comedy"},
    {"production_budget": 900e9, "genre": "No such", "title_year": 2090},
    {"production_budget": 60, "imdb_score": 7.5},
    {"opening_gross": 9e6, "screens": 3000},
]


@pytest.fixture(scope="module")
def predictor(model_folder: Path) -> Predictor:
    return Predictor.load(model_folder)


def columns(films: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {
        name: [film.get(name) for film in films] for name in {n for film in films for n in film}
    }


def counted(forecast: Forecast, predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Kinds, unknown fields and sizes that are counted of a forecast."""
    kinds: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    sizes: list[float] = []

    def count_doubts(some: Counter[str], fields: Counter[str]) -> None:
        kinds.update(some)
        unknown.update(fields)

    monkeypatch.setattr(metrics, "count_doubts", count_doubts)
    monkeypatch.setattr(metrics, "count_sizes", lambda _, some: sizes.extend(some))
    signs = Signs({h: part.fields for h, part in predictor.manifest.horizons.items()})

    async def see() -> None:
        signs.saw(forecast)
        signs.count()
        signs.count()

    asyncio.run(see())
    return kinds, unknown, sizes


def test_every_warning_has_a_kind(predictor: Predictor) -> None:
    warnings = {each for told in predictor.predict(columns(FILMS)).warnings for each in told}

    assert len(warnings) > 4
    assert set(map(kind, warnings)) <= {*KINDS} - {"other"}
    quoting = 'genre "is outside the range seen in training" is unknown to the model'
    assert kind(f"{quoting} and counts as not given.") == "strange_label"
    assert kind("a new sentence") == "other"


def test_each_warning_and_each_unknown_field_is_counted_once(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    forecast = predictor.predict(columns(FILMS))
    kinds, unknown, sizes = counted(forecast, predictor, monkeypatch)
    horizons = predictor.manifest.horizons

    assert kinds == Counter(kind(each) for told in forecast.warnings for each in told)
    assert sorted(forecast.point.tolist()) == sorted(sizes)
    assert unknown == Counter(
        name
        for horizon, used in zip(forecast.horizon, forecast.used, strict=True)
        for name in horizons[horizon].fields
        if name not in used
    )


def total(server: Server, name: str) -> float:
    families = text_string_to_metric_families(httpx2.get(f"{server.http}/metrics").text)
    return sum(s.value for family in families for s in family.samples if s.name == name)


@pytest.mark.parametrize("server", [2], indirect=True, ids=["two workers"])
def test_signs_are_counted_over_all_workers(server: Server) -> None:
    for _ in range(10):
        httpx2.post(f"{server.http}/v1/predictions", json=FILMS).raise_for_status()

    wait_until(lambda: total(server, "box_office_forecast_size_count") == 50)
    sizes = total(server, "box_office_forecast_size_sum")
    assert total(server, "box_office_forecast_size_bucket") >= 50
    assert sizes > 1e6
    assert total(server, "box_office_warnings_total") >= 50
    assert total(server, "box_office_unknown_fields_total") > 50
