"""The films that others are compared with, and those that are comparable, as training has them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.films.fields import FIELDS, known_at
from service.films.schema import HORIZONS, Horizon
from service.model.background import Background
from service.model.predictor import Predictor
from tests.support.project import ROOT
from training.common import params
from training.estimator.background import background
from training.estimator.comparables import table
from training.estimator.films import FilmRegressor

SETTINGS = params.load(ROOT / "params.yaml")


@pytest.fixture(scope="module")
def predictor(estimator: FilmRegressor) -> Predictor:
    return estimator.predictor()


@pytest.fixture(scope="module")
def chosen(predictor: Predictor, films: pd.DataFrame) -> Background:
    return background(predictor, films, SETTINGS.reasons)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_films_of_a_horizon_have_the_fields_that_its_forecasts_use(
    chosen: Background, predictor: Predictor, horizon: Horizon
) -> None:
    fields = chosen.horizons[horizon]

    assert predictor.manifest.horizons[horizon].fields == list(fields)
    assert set(fields) <= set(known_at(horizon))
    assert {SETTINGS.reasons.background} == {len(values) for values in fields.values()}


def test_their_forecasts_are_spread_as_those_of_all(
    chosen: Background, predictor: Predictor, films: pd.DataFrame
) -> None:
    """One of each stratum: as many below each quantile as there should be."""
    fields = chosen.horizons["pre_release"]
    everybody = predictor.medians(predictor.encode({n: films[n].tolist() for n in fields}))
    few = predictor.medians(predictor.encode(fields))

    below = [(few < np.quantile(everybody, share)).mean() for share in (0.25, 0.5, 0.75)]
    assert below == pytest.approx([0.25, 0.5, 0.75], abs=0.04)


def test_a_horizon_that_few_films_reach_is_explained_beside_those(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    few = films.assign(opening_gross=films["opening_gross"].where(films.index < films.index[10]))

    found = background(predictor, few, SETTINGS.reasons).horizons["post_opening"]

    assert set(few["opening_gross"].dropna()) == set(found["opening_gross"])


def test_the_same_films_are_chosen_again(
    chosen: Background, predictor: Predictor, films: pd.DataFrame
) -> None:
    assert chosen == background(predictor, films, SETTINGS.reasons)


def test_the_table_has_all_films_with_what_is_known_of_them(
    predictor: Predictor, films: pd.DataFrame
) -> None:
    made = table(predictor, films, SETTINGS.comparables)

    assert films["movie_title"].tolist() == made.titles
    assert films["worldwide_gross"].tolist() == made.target
    assert set(FIELDS) == set(made.fields)
    for name in FIELDS:
        there = [value is not None for value in made.fields[name]]
        assert films[name].notna().tolist() == there


def test_of_too_many_films_some_are_drawn(predictor: Predictor, films: pd.DataFrame) -> None:
    few = SETTINGS.comparables.model_copy(update={"films": 50})

    made = table(predictor, films, few)

    assert 50 == len(made.titles) == len(set(made.titles))
    assert set(made.titles) <= set(films["movie_title"])


def test_what_moves_a_forecast_most_weighs_most(predictor: Predictor, films: pd.DataFrame) -> None:
    """Invented films earn what budget and opening say, and nothing of all else."""
    weights = table(predictor, films, SETTINGS.comparables).weights

    assert "production_budget" == max(weights["pre_release"], key=weights["pre_release"].get)
    assert "opening_gross" == max(weights["post_opening"], key=weights["post_opening"].get)
    assert "opening_gross" not in weights["pre_release"]


def test_the_files_are_strict_json(model_folder: Path) -> None:
    for name in ("background", "comparables"):
        text = (model_folder / f"{name}.json").read_text()
        json.loads(text, parse_constant=lambda constant: pytest.fail(constant))
