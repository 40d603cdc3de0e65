"""What a field does: shuffled among held-out films, left out in training."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.project import ROOT
from training import explain
from training.common import params
from training.estimator import fitting
from training.estimator.films import FilmRegressor
from training.evaluation import crossval
from training.explanation import ablation
from training.explanation.importance import importance


@pytest.fixture(scope="module")
def tiny(settings: params.Train) -> params.Train:
    """So few trees that a fit is nearly nothing."""
    return settings.model_copy(
        update={
            "min_films_per_horizon": 50,
            "folds": 2,
            "trees": settings.trees.model_copy(update={"max_iter": 2}),
            "smooth": settings.smooth.model_copy(update={"n_components": 5}),
        }
    )


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """The training films of every fit of a test."""
    seen: list[pd.DataFrame] = []

    def fit(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
        seen.append(films)
        return fitting.fit(films, settings)

    monkeypatch.setattr(ablation, "fit", fit)
    return seen


def test_what_decides_the_gross_is_more_important_than_what_does_not(
    estimator: FilmRegressor, films: pd.DataFrame
) -> None:
    test = films[films["fold"] == fitting.TEST_FOLD]

    before = importance(estimator.predictor(), test, "pre_release", 3, 7)
    after = importance(estimator.predictor(), test, "post_opening", 3, 7)

    assert "production_budget" == max(before, key=lambda name: before[name]["mean"])
    assert "opening_gross" == max(after, key=lambda name: after[name]["mean"])
    assert "opening_gross" not in before
    assert before["production_budget"]["mean"] > 10 * abs(before["mpaa_rating"]["mean"])


def test_importance_is_the_same_twice_and_leaves_the_films_alone(
    estimator: FilmRegressor, films: pd.DataFrame
) -> None:
    before = films.copy()
    first, second = (importance(estimator.predictor(), films, "pre_release", 2, 7) for _ in "12")

    assert first == second
    pd.testing.assert_frame_equal(before, films)


def test_a_silent_number_is_the_same_for_all_films_that_had_one() -> None:
    films = pd.DataFrame({"opening_gross": [1.0, np.nan, 3.0], "genre": ["a", "b", None]})

    silent = ablation.silence(films, "opening_gross", 2.0)

    np.testing.assert_array_equal([2.0, np.nan, 2.0], silent["opening_gross"])
    assert ablation.silence(films, "genre", 0)["genre"].isna().all()
    assert ["a", "b"] == films["genre"].dropna().tolist()


def test_a_field_left_out_is_unknown_in_training_and_its_fold_is_not_learned(
    films: pd.DataFrame, tiny: params.Train, fits: list[pd.DataFrame]
) -> None:
    ablation.without(films, "production_budget", 1, HORIZONS, tiny)

    (training,) = fits
    assert 1 == training["production_budget"].nunique()
    assert {0, 2, 3, 4} == set(training["fold"])


def test_a_forecast_without_a_field_does_not_depend_on_it(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    other = films.copy()
    other.loc[other["fold"] == 1, "production_budget"] *= 100

    first, second = (
        ablation.without(table, "production_budget", 1, ["pre_release"], tiny)
        for table in (films, other)
    )

    assert first == second


def test_leaving_a_field_out_is_compared_with_a_model_of_the_same_films_that_has_it(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    used = {"pre_release": ["production_budget"], "post_opening": ["production_budget", "screens"]}

    effects = ablation.ablation(films, used, tiny, [1, 3])

    assert {"production_budget"} == set(effects["pre_release"])
    assert {"production_budget", "screens"} == set(effects["post_opening"])
    before, after = (
        ablation.without(films, name, 3, ["post_opening"], tiny)["post_opening"]["mae"]
        for name in (None, "screens")
    )
    assert [2, pytest.approx(after - before, rel=1e-4)] == [
        len(mae := effects["post_opening"]["screens"]["mae"]),
        mae[1],
    ]


def test_without_none_is_the_model_as_it_is(films: pd.DataFrame, tiny: params.Train) -> None:
    train, test = films[films["fold"] != 2], films[films["fold"] == 2]
    answers = crossval.compare(fitting.fit(train, tiny).predictor(), train, test, "pre_release")

    errors = ablation.without(films, None, 2, ["pre_release"], tiny)["pre_release"]

    assert crossval.scores(answers)["model"]["mae"] == errors["mae"]


def test_the_stage_writes_what_every_field_does_for_the_horizons_of_the_films_drawn(
    films: pd.DataFrame,
    tiny: params.Train,
    fits: list[pd.DataFrame],
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    films = films.assign(opening_gross=films["opening_gross"].where(films.index < 120))
    monkeypatch.chdir(tmp_path)
    for name in ("data", "models", "reports"):
        Path(name).mkdir()
    films.to_parquet("data/films.parquet")
    Path("models/box_office").symlink_to(model_folder)
    whole = params.load(ROOT / "params.yaml")
    few = whole.explain.model_copy(update={"repeats": 2, "ablation_folds": 1, "ablation_films": 60})
    whole = whole.model_copy(update={"train": tiny, "explain": few})
    monkeypatch.setattr(params, "load", lambda: whole)

    assert 0 == explain.main()

    effects = json.loads(Path("reports/fields.json").read_text())
    card = Predictor.load(model_folder).manifest
    for part in effects.values():
        assert {h: set(c.fields) for h, c in card.horizons.items()} == {
            h: set(names) for h, names in part.items()
        }
    assert {1} == {len(v["mae"]) for v in effects["ablation"]["pre_release"].values()}
    assert {"rmsle": [], "mae": []} == effects["ablation"]["post_opening"]["opening_gross"]
    assert all(20 < len(training) < 60 for training in fits)
