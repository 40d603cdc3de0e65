"""Numbers as sentences tell them."""

import pytest

from service.films.units import told, told_range


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("production_budget", 2.5e8, "250 million USD"),
        ("production_budget", 999_999.9, "1 million USD"),
        ("production_budget", 12_345_678, "12.3457 million USD"),
        ("production_budget", 218, "218 USD"),
        ("budget", 1.2215e10, "12.215 billion local currency"),
        ("budget", 1e15, "1,000 trillion local currency"),
        ("screens", 4393, "4,393 screens"),
        ("cast_total_facebook_likes", 656730, "656,730 likes"),
        ("duration", 112.5, "112.5 min"),
        ("title_year", 2009, "2009"),
        ("imdb_score", 7.2, "7.2"),
        ("aspect_ratio", 2.35, "2.35"),
        ("release_month", 12, "12"),
    ],
)
def test_a_number_is_told_with_its_unit(field: str, value: float, words: str) -> None:
    assert words == told(field, value)


@pytest.mark.parametrize(
    ("field", "low", "high", "words"),
    [
        ("title_year", 1915, 2010, "1915 to 2010"),
        ("screens", 1, 4393, "1 to 4,393 screens"),
        ("opening_gross", 1.5e6, 2e8, "1.5 million to 200 million USD"),
        ("opening_gross", 218, 2e8, "218 USD to 200 million USD"),
        ("budget", 5e6, 1e10, "5 million local currency to 10 billion local currency"),
    ],
)
def test_a_range_is_told_so_that_no_number_takes_the_word_of_another(
    field: str, low: float, high: float, words: str
) -> None:
    assert words == told_range(field, low, high)
