"""Why a forecast is what it is: a base and a factor for each field, whose product it is."""

import asyncio
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.dataplane import Dataplane
from service.errors import InvalidFilm, TooLarge
from service.films.fields import FIELDS
from service.model.shapley import CLOSE, EXACT
from service.validation import columns, film_from_dict, films_from_dicts, films_from_json
from tests.support.dataplane import dataplane_of

Film = dict[str, Any]

COMEDY = {
    "production_budget": 60e6,
    "title_year": 2009,
    "release_month": 6,
    "duration": 112,
    "genre": "comedy",
    "mpaa_rating": "PG",
}
OPENED = COMEDY | {"opening_gross": 20e6, "screens": 3000}
WHOLE = OPENED | {"budget": 60e6, "imdb_score": 7, "cast_total_facebook_likes": 9000}
FILMS: dict[str, Film] = {
    "a comedy": COMEDY,
    "a film with an opening": OPENED,
    "a film with more than ten fields": WHOLE,
    "a budget alone": {"production_budget": 3e6},
    "a label that there is not": {"production_budget": 3e6, "genre": "Opéra"},
    "a tiny film": {"production_budget": 1.0, "duration": 90},
    "nothing": {},
}


@pytest.fixture(scope="module")
def dataplane(model_folder: Path) -> Dataplane:
    return dataplane_of(model_folder)


def explained(dataplane: Dataplane, film: Film) -> dict[str, Any]:
    return asyncio.run(dataplane.explain("test", columns([film_from_dict(film)])))


def factors(answer: dict[str, Any]) -> dict[str, float]:
    return {each["field"]: each["factor"] for each in answer["factors"]}


@pytest.mark.parametrize("name", FILMS)
def test_base_times_factors_is_the_forecast(dataplane: Dataplane, name: str) -> None:
    answer = explained(dataplane, FILMS[name])
    forecast = dataplane.predictor.predict(columns([film_from_dict(FILMS[name])]))

    product = answer["base"] * np.prod(list(factors(answer).values()))
    assert product == pytest.approx(answer["worldwide_gross"], rel=1e-6, abs=1)
    assert forecast.point[0] == answer["worldwide_gross"]
    assert (forecast.horizon[0], "box_office:v1") == (answer["horizon"], answer["model"])
    assert set(forecast.used[0]) == factors(answer).keys()


@pytest.mark.parametrize("name", FILMS)
def test_the_strongest_factor_comes_first(dataplane: Dataplane, name: str) -> None:
    strengths = [abs(np.log(f)) for f in factors(explained(dataplane, FILMS[name])).values()]

    assert sorted(strengths, reverse=True) == strengths


def test_values_are_those_that_were_sent(dataplane: Dataplane) -> None:
    answer = explained(dataplane, COMEDY)

    assert COMEDY == {each["field"]: each["value"] for each in answer["factors"]}


@pytest.mark.parametrize("name", ["a comedy", "a film with an opening"])
def test_the_shap_package_finds_the_same(dataplane: Dataplane, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what shap imports
        import shap
    film = columns([film_from_dict(FILMS[name])])
    answer = explained(dataplane, FILMS[name])
    raw = dataplane.predictor.encode(film)
    others = dataplane.reasons._others[answer["horizon"]].copy()
    given = [FIELDS.index(field) for field in factors(answer)]
    unknown = [at for at in range(len(FIELDS)) if at not in given]
    others[:, unknown] = raw[0, unknown]  # what is unknown stays so

    masker = shap.maskers.Independent(others, max_samples=len(others))
    judge = shap.explainers.Exact(dataplane.predictor.medians, masker)(raw, max_evals=1 << 14)

    assert np.log(answer["base"]) == pytest.approx(judge.base_values[0], abs=1e-6)
    ours = [np.log(factors(answer).get(field, 1.0)) for field in FIELDS]
    assert ours == pytest.approx(judge.values[0].tolist(), abs=1e-6)


def test_more_fields_than_ten_are_explained_by_a_sample_that_says_so(dataplane: Dataplane) -> None:
    assert len(WHOLE) > EXACT
    answer = explained(dataplane, WHOLE)

    assert not answer["exact"]
    assert 0 < answer["standard_error"] < CLOSE
    assert answer == explained(dataplane, WHOLE)


def test_a_sample_finds_what_all_coalitions_would(
    dataplane: Dataplane, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = explained(dataplane, WHOLE)
    monkeypatch.setattr("service.model.shapley.EXACT", len(WHOLE))
    exact = explained(dataplane, WHOLE)

    assert exact["exact"]
    assert exact["base"] == pytest.approx(drawn["base"])
    for field, factor in factors(exact).items():
        assert abs(np.log(factor / factors(drawn)[field])) < 4 * CLOSE


def test_a_field_that_says_what_all_others_say_does_nothing(dataplane: Dataplane) -> None:
    """The films that a film is compared with are all of an opening weekend, as it is itself."""
    others = dataplane.reasons._others["post_opening"]
    column = FIELDS.index("title_year")
    same, before = others.copy(), others[:, column].copy()
    same[:, column] = OPENED["title_year"]
    others[:] = same
    try:
        assert 1.0 == factors(explained(dataplane, OPENED))["title_year"]
    finally:
        others[:, column] = before


def test_films_are_explained_as_each_alone(dataplane: Dataplane) -> None:
    films = [COMEDY, {}, OPENED]
    together = asyncio.run(
        dataplane.explain_all("test", films_from_dicts(films, dataplane.limits.explained))
    )

    assert [explained(dataplane, film) for film in films] == together
    assert [] == asyncio.run(dataplane.explain_all("test", columns([])))


BIG = {"one film of nine fields": [OPENED | {"imdb_score": 7}], "ten films": [COMEDY] * 10}


@pytest.mark.parametrize("asked", BIG.values(), ids=BIG)
def test_others_have_their_turn_while_films_are_explained(
    dataplane: Dataplane, asked: list[Film]
) -> None:
    """Each piece is no more work than one of a batch."""
    medians, pieces = dataplane.predictor.medians, []
    turns = 0

    def measured(raw: Any) -> Any:
        pieces.append((turns, len(raw)))
        return medians(raw)

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def explain() -> None:
        beside = asyncio.ensure_future(others())
        await asyncio.sleep(0)
        await dataplane.explain_all("test", films_from_dicts(asked, dataplane.limits))
        beside.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataplane.predictor, "medians", measured)
        asyncio.run(explain())

    assert len(pieces) >= max(2, len(asked))
    assert max(size for _, size in pieces) <= 2000
    moments = [moment for moment, _ in pieces]
    assert sorted(set(moments)) == moments


@pytest.mark.parametrize("film", [{"duration": 90}, {"duration": -1}])
def test_too_many_films_to_explain_are_refused_whatever_they_are(
    model_folder: Path, film: Film
) -> None:
    limits = dataplane_of(model_folder, max_explained=2).limits
    said = "A request may have 2 films to explain, not 3: send several."

    with pytest.raises(TooLarge, match=said):
        films_from_json(json.dumps([film] * 3).encode(), limits.explained)
    with pytest.raises(TooLarge, match=said):
        films_from_dicts([film] * 3, limits.explained)


def test_a_bad_film_is_not_explained(dataplane: Dataplane) -> None:
    with pytest.raises(InvalidFilm, match="duration must be greater than or equal to 0"):
        explained(dataplane, {"duration": -1})
