"""What the model with the project's own parameters promises on real films."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from service.films.fields import FIELDS, LABELS
from service.films.prices import log_price_level
from service.films.schema import Horizon
from service.model.background import Background
from service.model.comparables import Comparables
from service.model.predictor import Predictor
from service.model.reasons import Game, Reasons
from service.model.shapley import shapley
from tests.support.project import ROOT, SHARED, needs_shared_data
from training import ingest, prepare
from training.common import params
from training.estimator import fitting, folder
from training.estimator.background import background, known
from training.estimator.comparables import table
from training.estimator.films import FilmRegressor, columns
from training.estimator.onnx_graph import check_parity
from training.evaluation import crossval
from training.films.join import join

SETTINGS = params.load(ROOT / "params.yaml")
BOTH_SETS = [
    pytest.param(ROOT / "data/open", id="open"),
    pytest.param(SHARED, id="shared", marks=needs_shared_data),
]
HORIZONS = [
    pytest.param(ROOT / "data/open", "pre_release", id="open-pre_release"),
    pytest.param(SHARED, "pre_release", id="shared-pre_release", marks=needs_shared_data),
    pytest.param(SHARED, "post_opening", id="shared-post_opening", marks=needs_shared_data),
]


@dataclass
class Trained:
    films: pd.DataFrame
    estimator: FilmRegressor

    def answers(self, horizon: Horizon) -> pd.DataFrame:
        """Forecasts of the held-out films, by the model and by both baselines."""
        held_out = self.films[self.films["fold"] == fitting.TEST_FOLD]
        learned = fitting.learnable(self.films)
        return crossval.compare(self.estimator.predictor(), learned, held_out, horizon)


_trained: dict[Path, Trained] = {}


def trained(source: Path) -> Trained:
    """The model of a real data set, fitted once."""
    if source not in _trained:
        tables, _ = ingest.ingest(SETTINGS.ingest.model_copy(update={"source": [str(source)]}))
        joined, _ = join(tables)
        films = prepare.split(joined, SETTINGS.prepare)
        _trained[source] = Trained(films, fitting.fit(fitting.learnable(films), SETTINGS.train))
    return _trained[source]


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_the_model_beats_both_baselines(source: Path, horizon: Horizon) -> None:
    scores = crossval.scores(trained(source).answers(horizon))

    for rival in ("median_film", "plain_boosting"):
        assert scores["model"]["mae"] < scores[rival]["mae"]
        assert scores["model"]["rmsle"] < scores[rival]["rmsle"]
    assert 0 == scores["model"]["negative_forecasts"]


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_the_interval_keeps_its_promise(source: Path, horizon: Horizon) -> None:
    scores = crossval.scores(trained(source).answers(horizon))

    assert scores["model"]["coverage"] == pytest.approx(0.9, abs=0.035)


@pytest.mark.parametrize("source", BOTH_SETS)
def test_the_graphs_answer_every_film_as_the_estimator_does(source: Path, tmp_path: Path) -> None:
    model = trained(source)
    folder.save(model.estimator, tmp_path, "")

    assert check_parity(model.estimator, tmp_path, model.films) < 1e-5


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
@pytest.mark.parametrize("field", ["opening_gross", "production_budget", "predecessor_gross"])
@pytest.mark.parametrize("factor", [1.05, 1.25, 2, 4])
def test_more_never_lowers_a_forecast_visibly(
    source: Path, horizon: Horizon, field: str, factor: float
) -> None:
    model = trained(source)
    predictor: Predictor = model.estimator.predictor()
    films = crossval.at_horizon(model.films, horizon)
    before = predictor.predict(columns(films))
    after = predictor.predict(columns(films.assign(**{field: films[field] * factor})))

    for name in ("point", "low", "high"):
        change = getattr(after, name) / np.maximum(getattr(before, name), 1) - 1
        assert change.min() > -0.07, f"{name} falls by {-change.min():.1%}"
        assert np.mean(change < -0.01) < 0.01


def hidden(films: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The films as of people who do not know these fields."""
    return films.assign(**{name: None if name in LABELS else np.nan for name in names})


def with_only(films: pd.DataFrame, name: str) -> pd.DataFrame:
    return hidden(films, *(field for field in FIELDS if field != name))


def unseen(source: Path, horizon: Horizon) -> pd.DataFrame:
    """The held-out films that reach a horizon."""
    films = trained(source).films
    return crossval.at_horizon(films[films["fold"] == fitting.TEST_FOLD], horizon)


@pytest.mark.parametrize("source", BOTH_SETS)
def test_the_interval_of_a_budget_alone_keeps_its_promise(source: Path) -> None:
    films = unseen(source, "pre_release")

    answer = (
        trained(source)
        .estimator.predictor()
        .predict(columns(with_only(films, "production_budget")))
    )

    inside = (answer.low <= films["worldwide_gross"]) & (films["worldwide_gross"] <= answer.high)
    assert 0.86 <= inside.mean() <= 0.95


@needs_shared_data
def test_the_interval_of_an_opening_alone_keeps_its_promise() -> None:
    films = unseen(SHARED, "post_opening")

    answer = (
        trained(SHARED).estimator.predictor().predict(columns(with_only(films, "opening_gross")))
    )

    inside = (answer.low <= films["worldwide_gross"]) & (films["worldwide_gross"] <= answer.high)
    assert inside.mean() >= 0.84


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_a_field_that_is_left_out_says_nothing_of_the_size_of_a_film(
    source: Path, horizon: Horizon
) -> None:
    """What is absent may be none: the film before it in a series."""
    predictor = trained(source).estimator.predictor()
    names = list(predictor.manifest.horizons[horizon].unknown)
    films = crossval.at_horizon(trained(source).films, horizon).dropna(subset=names)
    whole = predictor.predict(columns(films)).point

    for name in names:
        without = predictor.predict(columns(hidden(films, name))).point
        assert abs(np.median(np.log10(without / whole))) < 0.05, name


@needs_shared_data
def test_the_film_of_the_older_api_earns_what_it_did() -> None:
    """Nine numbers, and all that clients of the older API can tell."""
    film = {
        "opening_gross": [8330681],
        "screens": [2271],
        "production_budget": [13000000],
        "title_year": [1999],
        "aspect_ratio": [1.85],
        "duration": [97],
        "cast_total_facebook_likes": [37907],
        "budget": [16000000],
        "imdb_score": [7.2],
    }
    for source in (ROOT / "data/open", SHARED):
        answer = trained(source).estimator.predictor().predict(film)

        assert answer.low[0] >= 8330681
        assert answer.low[0] < 60413950 < answer.high[0]


@pytest.mark.parametrize("source", BOTH_SETS)
def test_a_budget_of_today_buys_about_what_prices_leave_of_it(source: Path) -> None:
    film = {
        "production_budget": [200e6, 200e6],
        "title_year": [2009, 2026],
        "release_month": [6, 6],
        "duration": [140, 140],
        "genre": ["Action", "Action"],
        "mpaa_rating": ["PG-13", "PG-13"],
    }
    before, now = trained(source).estimator.predictor().predict(film).point

    assert 1.0 <= now / before <= 1.25


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_means_of_films_sum_to_what_they_earned(source: Path, horizon: Horizon) -> None:
    films = unseen(source, horizon)
    answer = trained(source).estimator.predictor().predict(columns(films))

    assert answer.expected.sum() == pytest.approx(films["worldwide_gross"].sum(), rel=0.2)
    assert answer.point.sum() < answer.expected.sum()


ALIKE = {
    "an animated family film": (
        {"production_budget": 90e6, "title_year": 2007, "genre": "Animation", "mpaa_rating": "G"},
        {"Finding Nemo", "Hercules", "Mulan", "The Lion King", "The Wild", "Horton Hears a Who"},
    ),
    "a summer comedy": (
        {
            "production_budget": 60e6,
            "title_year": 2009,
            "release_month": 6,
            "duration": 112,
            "genre": "Comedy",
            "mpaa_rating": "PG-13",
        },
        {"Grown Ups", "Year One", "Click", "You, Me and Dupree", "Bewitched", "Mr. Deeds"},
    ),
    "a superhero film": (
        {
            "production_budget": 200e6,
            "title_year": 2010,
            "release_month": 5,
            "duration": 135,
            "genre": "Superhero",
            "mpaa_rating": "PG-13",
        },
        {"Iron Man", "Batman Begins", "X2", "Spider-Man 3", "Hulk", "The Dark Knight"},
    ),
    "a horror film": (
        {
            "production_budget": 3e6,
            "title_year": 2006,
            "release_month": 10,
            "duration": 92,
            "genre": "Horror",
            "mpaa_rating": "R",
        },
        {"Saw", "Saw II", "Saw III", "Cabin Fever", "Feast", "The House of the Dead"},
    ),
}


@pytest.fixture(scope="module")
def comparables() -> Comparables:
    """The films that ship with the project, as the train stage leaves them to be compared."""
    model = trained(ROOT / "data/open")
    return Comparables(table(model.estimator.predictor(), model.films, SETTINGS.comparables))


@pytest.mark.parametrize("name", ALIKE)
def test_comparable_films_are_those_that_people_would_name(
    comparables: Comparables, name: str
) -> None:
    film, alike = ALIKE[name]
    asked = {field: [value] for field, value in film.items()}

    named = {each.title for each in comparables.nearest(asked, "pre_release", 12)}

    assert len(named & alike) >= 4, sorted(named)


def test_films_like_a_budget_alone_cost_the_same_in_real_terms(comparables: Comparables) -> None:
    for film in comparables.nearest({"production_budget": [60e6]}, "pre_release", 8):
        year = np.array([film.fields["title_year"]])
        real = film.fields["production_budget"] / np.exp(log_price_level(year)[0])
        assert 55e6 < real < 65e6


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_factors_are_close_to_what_they_are_beside_all_films(
    source: Path, horizon: Horizon
) -> None:
    model = trained(source)
    predictor = model.estimator.predictor()
    few = Reasons(predictor, background(predictor, model.films, SETTINGS.reasons))
    fields = predictor.manifest.horizons[horizon].fields
    all_films = crossval.at_horizon(model.films, horizon)
    many = Background(horizons={horizon: {n: known(all_films[n]) for n in fields}})
    errors = []
    for _, film in unseen(source, horizon).sample(6, random_state=1).iterrows():
        asked = {n: [film[n]] for n in fields if pd.notna(film[n])}
        used = [*asked][:5]
        beside_few, beside_all = (
            shares(reasons.game(asked, horizon, used))
            for reasons in (few, Reasons(predictor, many))
        )
        errors += (beside_few - beside_all).tolist()

    assert np.sqrt(np.mean(np.square(errors))) < 0.02


def shares(game: Game) -> NDArray[np.float64]:
    """The exact Shapley values of a game, in logs."""
    asking = shapley(len(game.fields))
    films, places = game.mixtures(next(asking))
    with pytest.raises(StopIteration) as end:
        asking.send(game.logs(films)[places].mean(axis=1))
    found: NDArray[np.float64] = end.value.value.shares
    return found
