"""Labels as people write them, and what they stand for."""

import pytest

from service.films.fields import LABELS
from service.films.labels import closest, key, places
from service.films.synonyms import NEAREST, SYNONYMS

GENRES = ["Action", "Comedy", "Drama", "Thriller/Suspense"]


@pytest.mark.parametrize("label", ["thriller/suspense", "  Thriller/Suspense ", "Thriller"])
def test_labels_that_mean_the_same_have_one_key(label: str) -> None:
    assert key("genre", "Thriller/Suspense") == key("genre", label)


def test_blanks_within_a_label_are_one() -> None:
    assert key("genre", "Black Comedy") == key("genre", "black \t comedy")
    assert key("genre", "Black Comedy") != key("genre", "BlackComedy")


def test_a_synonym_of_one_field_is_none_of_another() -> None:
    assert key("mpaa_rating", "PG-13") == key("mpaa_rating", "pg13")
    assert key("genre", "PG-13") != key("genre", "pg13")


@pytest.mark.parametrize(
    ("label", "category"),
    [("sci-fi", "Action"), ("scifi", "Action"), ("biopic", "Drama"), ("suspense", GENRES[3])],
)
def test_a_label_stands_for_the_category_under_which_training_lists_such_films(
    label: str, category: str
) -> None:
    assert GENRES.index(category) == places("genre", GENRES)[key("genre", label)]


def test_a_category_of_training_is_never_another() -> None:
    categories = ["Action", "Science Fiction"]

    assert 1 == places("genre", categories)[key("genre", "Sci-Fi")]


def test_a_label_without_a_category_has_no_place() -> None:
    known = places("genre", GENRES)

    assert key("genre", "Animation") not in known  # as there is no Adventure
    assert key("genre", "Opera") not in known


@pytest.mark.parametrize("field", LABELS)
def test_a_synonym_and_a_nearest_label_lead_somewhere_in_one_step(field: str) -> None:
    synonyms, nearest = SYNONYMS.get(field, {}), NEAREST.get(field, {})

    assert not set(synonyms) & set(synonyms.values())
    assert not set(nearest) & set(nearest.values())
    assert not set(synonyms) & {*nearest, *nearest.values()}


@pytest.mark.parametrize(
    ("label", "category"),
    [("comdy", "Comedy"), ("Dramma", "Drama"), ("Opera", None), ("x" * 100, None), ("?", None)],
)
def test_only_what_is_close_is_taken_for_a_misspelling(label: str, category: str | None) -> None:
    assert category == closest(label, GENRES)
