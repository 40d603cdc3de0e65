"""The report: the model beside baselines, on films that it never saw."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from service.errors import BoxOfficeError, ModelUnavailable
from service.films.schema import HORIZONS
from service.model.predictor import Predictor
from tests.support.project import ROOT
from training import evaluate
from training.common import params
from training.common.sample import sample
from training.estimator import fitting
from training.estimator.films import FilmRegressor
from training.estimator.folder import version
from training.evaluation import answers, crossval
from training.evaluation.headline import headline

Answers = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tiny(settings: params.Train) -> params.Train:
    """So few trees that a fit is nearly nothing."""
    return settings.model_copy(
        update={
            "min_films_per_horizon": 50,
            "trees": settings.trees.model_copy(update={"max_iter": 2}),
            "smooth": settings.smooth.model_copy(update={"n_components": 5}),
        }
    )


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[pd.DataFrame]]:
    """The training films of every fit of a test, all in this process."""
    seen: list[pd.DataFrame] = []

    def fit(films: pd.DataFrame, settings: params.Train) -> FilmRegressor:
        seen.append(films)
        return fitting.fit(films, settings)

    monkeypatch.setattr(crossval, "fit", fit)
    with parallel_config(backend="sequential"):
        yield seen


@pytest.fixture(scope="module")
def held_out(model_folder: Path, films: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of the test films before release."""
    test = films[films["fold"] == fitting.TEST_FOLD]
    served = Predictor.load(model_folder)
    return crossval.compare(served, fitting.learnable(films), test, "pre_release")


def test_before_release_late_fields_are_hidden(films: pd.DataFrame) -> None:
    hidden = crossval.at_horizon(films, "pre_release")

    assert len(films) == len(hidden)
    assert hidden[["opening_gross", "screens", "imdb_score"]].isna().all(axis=None)
    early = ["production_budget", "title_year", "genre", "worldwide_gross"]
    pd.testing.assert_frame_equal(films[early], hidden[early])


def test_after_the_opening_films_without_one_are_left_out(films: pd.DataFrame) -> None:
    some = films.assign(opening_gross=films["opening_gross"].mask(films["fold"] == 0))

    shown = crossval.at_horizon(some, "post_opening")

    assert {1, 2, 3, 4} == set(shown["fold"])
    assert shown["imdb_score"].notna().all()


def test_hiding_fields_leaves_the_films_alone(films: pd.DataFrame) -> None:
    before = films.copy()
    crossval.at_horizon(films, "pre_release")

    pd.testing.assert_frame_equal(before, films)


def test_a_forecast_before_release_does_not_depend_on_the_opening(
    model_folder: Path, films: pd.DataFrame, held_out: pd.DataFrame
) -> None:
    test = films[films["fold"] == fitting.TEST_FOLD]
    other = test.assign(opening_gross=1e3, screens=1, imdb_score=1)
    served = Predictor.load(model_folder)

    again = crossval.compare(served, fitting.learnable(films), other, "pre_release")

    pd.testing.assert_frame_equal(held_out, again)


def test_scores_hold_the_model_and_both_baselines_on_the_same_films(
    held_out: pd.DataFrame,
) -> None:
    scores = crossval.scores(held_out)

    points = {"r2", "mae", "median_ae", "rmsle", "negative_forecasts"}
    assert {"films", "model", "median_film", "plain_boosting"} == set(scores)
    assert len(held_out) == scores["films"]["count"]
    assert points | {"coverage", "interval_ratio"} == set(scores["model"])
    assert points == set(scores["median_film"]) == set(scores["plain_boosting"])


def test_the_model_beats_the_median_film(held_out: pd.DataFrame) -> None:
    scores = crossval.scores(held_out)

    assert scores["model"]["rmsle"] < scores["median_film"]["rmsle"]
    assert scores["model"]["mae"] < scores["median_film"]["mae"]


def test_the_median_film_is_the_median_of_the_training_films(
    films: pd.DataFrame, held_out: pd.DataFrame
) -> None:
    median = fitting.learnable(films)["worldwide_gross"].median()

    assert {median} == set(held_out["median_film"])


def test_cross_validation_answers_every_film_once(films: pd.DataFrame, tiny: params.Train) -> None:
    crossed = crossval.cross_validate(films, tiny, HORIZONS)

    for table in crossed.values():
        assert sorted(films.index) == sorted(table.index)
        assert table["model"].notna().all()


def test_no_title_that_is_answered_was_trained_on(
    films: pd.DataFrame, tiny: params.Train, fits: list[pd.DataFrame]
) -> None:
    crossval.cross_validate(films, tiny, ["pre_release"])

    assert 5 == len(fits)
    for training in fits:
        answered = films.drop(index=training.index)
        assert 1 == answered["fold"].nunique()
        assert set(answered["movie_title"]).isdisjoint(training["movie_title"])


def test_spread_is_the_standard_deviation_over_the_folds() -> None:
    truth, off = np.array([10.0, 20.0, 30.0]), {0: 1.0, 1: 3.0}
    table = {"worldwide_gross": truth, "median_film": truth, "plain_boosting": truth}
    table |= {"low": truth - 5, "high": truth + 5}
    answers = pd.concat(
        pd.DataFrame({**table, "model": truth + more, "fold": fold}) for fold, more in off.items()
    )

    spread = crossval.spread(answers)

    assert 1.41 == spread["model"]["mae"]
    assert 0 == spread["median_film"]["mae"]
    assert 0 == spread["films"]["count"]


def test_the_backtest_learns_the_past_and_predicts_the_future(
    films: pd.DataFrame, tiny: params.Train, fits: list[pd.DataFrame]
) -> None:
    scores = crossval.backtest(films, tiny, HORIZONS)

    (training,) = fits
    future = films[films["era"] == "future"]
    assert training["title_year"].max() < future["title_year"].min()
    assert {len(future)} == {part["films"]["count"] for part in scores.values()}
    assert set(HORIZONS) == set(scores)


def test_the_backtest_leaves_out_a_horizon_that_the_past_did_not_have(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    openings = films["opening_gross"].mask(films["era"] == "past")

    scores = crossval.backtest(films.assign(opening_gross=openings), tiny, HORIZONS)

    assert {"pre_release"} == set(scores)


def test_the_answers_of_all_horizons_are_one_table(held_out: pd.DataFrame) -> None:
    table = answers.together({"pre_release": held_out, "post_opening": held_out[:3]}, "a1")

    assert [len(held_out), 3] == table["horizon"].value_counts(sort=False).tolist()
    assert ["version", "horizon", *held_out.columns] == list(table.columns)
    assert {"a1"} == set(table["version"])
    assert table.index.is_unique


def test_answers_are_read_by_the_version_of_their_model(
    held_out: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "answers.parquet"
    table = answers.together({"pre_release": held_out}, "a1")
    table.to_parquet(path)

    assert table["model"].tolist() == answers.read(path, "a1")["model"].tolist()
    with pytest.raises(ModelUnavailable, match="of model b2: run `dvc repro`"):
        answers.read(path, "b2")


def without_version(path: Path) -> None:
    pd.read_parquet(path).drop(columns="version").to_parquet(path)


def without_rows(path: Path) -> None:
    pd.read_parquet(path)[:0].to_parquet(path)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("damage", [Path.unlink, halved, without_version, without_rows])
def test_answers_that_are_not_there_or_of_nobody_are_refused(
    held_out: pd.DataFrame, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    path = tmp_path / "answers.parquet"
    answers.together({"pre_release": held_out}, "a1").to_parquet(path)
    damage(path)

    with pytest.raises(ModelUnavailable, match=r"answers\.parquet does not hold .+ of model a1"):
        answers.read(path, "a1")


def test_a_horizon_that_all_films_are_just_enough_for_is_tested_without_a_fold(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    """Else films with an opening would be forecast as if they had none, and nobody would know."""
    enough = tiny.model_copy(update={"min_films_per_horizon": len(films)})

    crossed = crossval.cross_validate(films, enough, HORIZONS)

    early, late = (crossed[horizon]["model"].tolist() for horizon in HORIZONS)
    late_with_less = crossval.cross_validate(films, tiny, ["post_opening"])["post_opening"]
    assert late == late_with_less["model"].tolist()
    assert early != late


def test_without_films_to_test_on_it_says_how_to_get_some(films: pd.DataFrame) -> None:
    with pytest.raises(
        BoxOfficeError, match=r"None of \d+ films is held out .+ lower prepare\.folds"
    ):
        fitting.held_out(films[films["fold"] != fitting.TEST_FOLD])


def lay_out(
    films: pd.DataFrame,
    settings: params.Train,
    model_folder: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A project in which every stage before this one has run."""
    monkeypatch.chdir(root)
    for name in ("data", "models", "reports"):
        Path(name).mkdir()
    films.to_parquet("data/films.parquet")
    Path("models/box_office").symlink_to(model_folder)
    whole = params.load(ROOT / "params.yaml").model_copy(update={"train": settings})
    monkeypatch.setattr(params, "load", lambda: whole)


def test_the_stage_writes_metrics_and_every_answer(
    films: pd.DataFrame,
    tiny: params.Train,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_out(films, tiny, model_folder, tmp_path, monkeypatch)

    assert 0 == evaluate.main()

    report = json.loads(Path("reports/metrics.json").read_text())
    assert [
        "test",
        "cross_validation",
        "spread",
        "interval",
        "distribution",
        "backtest",
    ] == list(report)
    assert [set(HORIZONS)] * 6 == [set(part) for part in report.values()]
    assert 400 == report["cross_validation"]["pre_release"]["films"]["count"]
    table = answers.read(Path("reports/answers.parquet"), version(model_folder))
    assert [400, 400] == table["horizon"].value_counts()[list(HORIZONS)].tolist()
    assert {"model", "low", "high", "pit", "plain_boosting", "genre", "fold"} < set(table.columns)


def test_the_headline_is_of_the_metrics_beside_it(
    films: pd.DataFrame,
    tiny: params.Train,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lay_out(films, tiny, model_folder, tmp_path, monkeypatch)

    evaluate.main()

    report = json.loads(Path("reports/metrics.json").read_text())
    assert headline(report) == json.loads(Path("reports/headline.json").read_text())


def test_the_test_of_the_stage_is_what_it_answered_about_the_held_out_films(
    films: pd.DataFrame,
    tiny: params.Train,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is asked of the model itself, which has learned from all films."""
    lay_out(films, tiny, model_folder, tmp_path, monkeypatch)

    evaluate.main()

    report = json.loads(Path("reports/metrics.json").read_text())
    table = pd.read_parquet("reports/answers.parquet")
    for horizon, tested in report["test"].items():
        rows = table[(table["horizon"] == horizon) & (table["fold"] == fitting.TEST_FOLD)]
        assert crossval.scores(rows) == tested
        learned = films[films["fold"] != fitting.TEST_FOLD]
        assert {learned["worldwide_gross"].median()} == set(rows["median_film"])


def test_baselines_learn_from_a_bounded_number_of_films(
    estimator: FilmRegressor, films: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossval, "MOST", 50)
    few = sample(films, 50, seed=0)

    answers = crossval.compare(estimator.predictor(), films, films, "pre_release")

    assert {few["worldwide_gross"].median()} == set(answers["median_film"])
    assert 50 == len(few) < len(answers)
