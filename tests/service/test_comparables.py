"""Which films are like one: by the fields that are known of it, weighted, in real terms."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.dataplane import Dataplane
from service.errors import ModelUnavailable
from service.films.prices import log_price_level
from service.model.background import Background
from service.model.comparables import Comparables, Table
from service.validation import columns, film_from_dict
from tests.support.dataplane import dataplane_of

WEIGHTS = {"production_budget": 1.0, "title_year": 0.3, "genre": 0.25, "predecessor_gross": 0.1}
FILMS: list[dict[str, Any]] = [
    {"title": "Small", "production_budget": 1e6, "title_year": 2000, "genre": "Drama"},
    {"title": "Large", "production_budget": 1e8, "title_year": 2000, "genre": "Action"},
    {"title": "Old", "production_budget": 1e7, "title_year": 1960, "genre": "Action"},
    {
        "title": "Second",
        "production_budget": 1e8,
        "title_year": 2001,
        "genre": "Action",
        "predecessor_gross": 3e8,
    },
    {"title": "Untold", "production_budget": 1e8, "title_year": 2000},
    {"title": "Odd", "production_budget": 9e7, "title_year": 2000, "genre": "Opera"},
]
NAMES = ("production_budget", "title_year", "genre", "predecessor_gross")


@pytest.fixture(scope="module")
def comparables() -> Comparables:
    """A table of a few films."""
    return Comparables(
        Table(
            weights={"pre_release": WEIGHTS},
            titles=[film["title"] for film in FILMS],
            target=[3 * film["production_budget"] for film in FILMS],
            fields={name: [film.get(name) for film in FILMS] for name in NAMES},
        )
    )


def distances(comparables: Comparables, **film: Any) -> dict[str, float]:
    """How far each film of the table is, the nearest first."""
    one = columns([film_from_dict(film)])
    nearest = comparables.nearest(one, "pre_release", len(FILMS))
    return {each.title: each.distance for each in nearest}


def test_no_film_is_nearer_than_itself(comparables: Comparables) -> None:
    for film in FILMS:
        own = {name: value for name, value in film.items() if name != "title"}
        assert 0.0 == distances(comparables, **own)[film["title"]]


def test_a_budget_is_compared_in_real_terms(comparables: Comparables) -> None:
    """Ten million of 1960 bought what seventy of 2010 do."""
    price = float(np.exp(log_price_level(np.array([1960.0]))[0]))
    found = distances(comparables, production_budget=1e7 / price)

    assert ("Old", pytest.approx(0.0, abs=1e-9)) == next(iter(found.items()))


def test_a_label_is_known_in_all_of_its_spellings_and_if_it_is_rare(
    comparables: Comparables,
) -> None:
    assert "Odd" == next(iter(distances(comparables, genre=" OPERA ")))
    assert "Large" == next(iter(distances(comparables, genre="Superhero")))


def test_what_is_unknown_of_another_film_lies_between_alike_and_different(
    comparables: Comparables,
) -> None:
    found = distances(comparables, production_budget=1e8, title_year=2000, genre="Action")

    assert found["Large"] < found["Untold"] < found["Odd"] < found["Small"]


def test_a_film_that_follows_none_is_nearer_to_those_that_follow_none(
    comparables: Comparables,
) -> None:
    alone = distances(comparables, production_budget=1e8, title_year=2001, genre="Action")
    second = distances(
        comparables,
        production_budget=1e8,
        title_year=2000,
        genre="Action",
        predecessor_gross=2.9e8,
    )

    assert ["Large", "Second"] == [*alone][:2]
    assert "Second" == next(iter(second))


def test_of_a_film_of_which_nothing_is_known_all_are_as_far(comparables: Comparables) -> None:
    found = distances(comparables)

    assert {"Small", "Large", "Old", "Untold", "Odd"} == {n for n, d in found.items() if d == 0}


def test_what_another_film_earned_is_told_in_both_prices(comparables: Comparables) -> None:
    film = columns([film_from_dict({"title_year": 2010, "production_budget": 7e7})])
    old = next(f for f in comparables.nearest(film, "pre_release", 6) if f.title == "Old")

    price = float(np.exp(log_price_level(np.array([1960.0]))[0]))
    assert (3e7, round(3e7 / price)) == (old.target, old.then)
    assert {"production_budget": 1e7, "title_year": 1960.0, "genre": "Action"} == old.fields


@pytest.fixture(scope="module")
def dataplane(model_folder: Path) -> Dataplane:
    return dataplane_of(model_folder)


def test_a_forecast_has_its_rank_among_what_the_others_earned(dataplane: Dataplane) -> None:
    film = columns(
        [film_from_dict({"production_budget": 3e7, "title_year": 2000, "genre": "Drama"})]
    )
    forecast = dataplane.predictor.predict(film).point[0]

    answer = dataplane.compare("test", film, 20)

    above = [f for f in answer["films"] if f["worldwide_gross_then"] > forecast]
    assert {"position": len(above) + 1, "of": 21} == answer["rank"]
    assert 1 < answer["rank"]["position"] < 21
    assert "box_office:v1" == answer["model"]


def test_of_a_table_with_fewer_films_all_are_told(
    dataplane: Dataplane, comparables: Comparables
) -> None:
    beside = dataplane.reasons, comparables
    small = Dataplane(dataplane.predictor, *beside, dataplane.tag, dataplane.limits)

    assert len(FILMS) == len(small.compare("test", columns([film_from_dict({})]), 50)["films"])


ODD: dict[str, dict[str, Any]] = {
    "half a month": {"release_month": 0.5, "genre": "Drama"},
    "a year before all": {"title_year": 5e-324},
    "an opening of nothing": {"opening_gross": 5e-324},
    "more than all money": {"production_budget": 1e12, "opening_gross": 1e12, "duration": 1e5},
}


@pytest.mark.parametrize("film", ODD.values(), ids=ODD)
def test_an_odd_film_is_so_far_from_others_as_a_number_says(
    dataplane: Dataplane, film: dict[str, Any]
) -> None:
    answer = dataplane.compare("test", columns([film_from_dict(film)]), 50)

    assert np.isfinite([each["distance"] for each in answer["films"]]).all()
    assert np.isfinite([each["worldwide_gross_then"] for each in answer["films"]]).all()


@pytest.mark.parametrize(("name", "kind"), [("background", Background), ("comparables", Table)])
@pytest.mark.parametrize("text", [None, "", "{}", '{"horizons": 3}'])
def test_a_file_that_is_missing_or_damaged_is_named(
    tmp_path: Path, name: str, kind: Any, text: str | None
) -> None:
    if text is not None:
        (tmp_path / f"{name}.json").write_text(text)

    with pytest.raises(ModelUnavailable, match=rf"{name}\.json is missing or damaged, .+make tr"):
        kind.read(tmp_path)
