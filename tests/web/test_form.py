"""The form: what one types is what is forecast, and what is wrong is said beside it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from service.films.fields import FIELDS, LABELS
from service.films.schema import EXAMPLE, EXAMPLES
from tests.support.browser import Visitor, call, needs_browser, value, wait_for_value

pytestmark = needs_browser
Ask = Callable[..., Any]
MARKUP = '<img src="/nowhere" onerror="document.title = 1">'


def forecast(ask: Ask, film: dict[str, Any]) -> float:
    return float(ask(film)["worldwide_gross"])


def type_film(page: Page, film: dict[str, Any]) -> None:
    page.get_by_role("button", name="Clear").click()
    for name, text in film.items():
        page.fill(f"#{name}", str(text))


def test_every_field_has_an_input_with_its_name_and_a_label(visitor: Visitor) -> None:
    page = visitor.open()

    assert sorted(FIELDS) == sorted(
        page.eval_on_selector_all("#film-fields input", "all => all.map((each) => each.name)")
    )
    for name in FIELDS:
        assert name == page.get_attribute(f"#{name}", "name")
        assert page.inner_text(f"label[for={name}]")


def test_a_label_is_offered_as_the_model_knows_it(visitor: Visitor) -> None:
    page = visitor.open()
    offered = {
        name: page.eval_on_selector_all(
            f"#{name}-list option", "all => all.map((each) => each.value)"
        )
        for name in LABELS
    }
    model = page.evaluate("fetch('v1/model').then((answer) => answer.json())")

    assert {name: model["fields"][name]["categories"] for name in LABELS} == offered


def test_a_first_visit_shows_the_forecast_of_an_example(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()

    assert forecast(ask, EXAMPLE) == value(page)
    assert page.input_value("#genre") == EXAMPLE["genre"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_forecast_with_a_click(visitor: Visitor, ask: Ask, name: str) -> None:
    page = visitor.open("#genre=Western")
    page.get_by_role("button", name=name).click()

    wait_for_value(page, forecast(ask, EXAMPLES[name]))


def test_the_forecast_follows_what_one_types(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    type_film(page, {"production_budget": "35 million", "title_year": "2006", "genre": "drama"})

    wait_for_value(
        page, forecast(ask, {"production_budget": 35e6, "title_year": 2006, "genre": "drama"})
    )
    expect(page.locator("#production_budget-hint")).to_have_text("= 35,000,000")


def test_a_film_of_which_nothing_is_known_has_a_warning_beside_the_number(
    visitor: Visitor, ask: Ask
) -> None:
    page = visitor.open()
    page.get_by_role("button", name="Clear").click()

    wait_for_value(page, forecast(ask, {}))
    expect(page.locator("#answer-warnings")).to_contain_text(
        "little more than the forecast of a typical film"
    )


def test_an_answer_that_comes_too_late_changes_nothing(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    held: list[Route] = []
    page.route("**/v1/prediction?*", lambda route: held.append(route), times=1)
    with page.expect_request("**/v1/prediction?*"):
        page.fill("#production_budget", "1M")
    page.fill("#production_budget", "90M")
    latest = forecast(ask, EXAMPLE | {"production_budget": 90e6})
    wait_for_value(page, latest)
    held[0].continue_()
    page.wait_for_load_state("networkidle")

    assert latest == value(page)
    expect(page.locator("#trouble")).to_be_empty()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("duration", "-5", "must be greater than or equal to 0"),
        ("duration", "long", "must be a valid number"),
        ("release_month", "13", "must be less than or equal to 12"),
        ("title_year", "1.2.3", "must be a valid number"),
    ],
)
def test_a_refusal_stands_beside_the_input_until_it_is_mended(
    visitor: Visitor, ask: Ask, name: str, text: str, words: str
) -> None:
    page = visitor.open()
    page.fill(f"#{name}", text)

    expect(page.locator(f"#{name}-problem")).to_have_text(words)
    expect(page.locator("#trouble")).to_contain_text(words)
    expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
    assert f"{name}-problem" in (page.get_attribute(f"#{name}", "aria-describedby") or "")

    page.fill(f"#{name}", str(EXAMPLE[name]))
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator(f"#{name}-problem")).to_be_empty()
    expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "false")


def test_what_one_types_is_never_read_as_markup(visitor: Visitor) -> None:
    page = visitor.open()
    title = page.title()
    page.fill("#genre", MARKUP)

    expect(page.locator("#answer-warnings")).to_contain_text(MARKUP)
    assert title == page.title()
    assert [] == [url for url in visitor.requests if url.endswith("/nowhere")]


NUMBERS = [
    ("60000000", "USD", 60e6),
    ("60,000,000", "USD", 60e6),
    ("60 000 000", "USD", 60e6),
    ("60'000'000", "USD", 60e6),
    ("60.000.000,00", "USD", 60e6),
    ("60M", "USD", 60e6),
    ("60 m", "USD", 60e6),
    ("$60M", "USD", 60e6),
    ("60 mn", "USD", 60e6),
    ("60 million", "USD", 60e6),
    ("60 million USD", "USD", 60e6),
    ("1.2 bn", "USD", 1.2e9),
    ("1,2 bn", "USD", 1.2e9),
    ("1.2B", "USD", 1.2e9),
    ("750k", "USD", 750e3),
    ("6e7", "USD", 60e6),
    ("0", "USD", 0),
    ("-5", "min", -5),
    ("112 min", "min", 112),
    ("72 m", "m2", 72),  # metres, and not millions
    ("1.85", "width / height", 1.85),
    ("6,1", "0-10", 6.1),
    ("", "USD", None),
    ("many", "USD", None),
    ("60 dollars", "USD", None),
    ("1.2.3", "USD", None),
    ("Infinity", "USD", None),
    ("0x10", "USD", None),
]


def test_numbers_are_read_as_people_write_them(visitor: Visitor) -> None:
    page = visitor.open()

    read = [
        (text, unit, call(page, "numbers.js", "parsed", text, unit)) for text, unit, _ in NUMBERS
    ]

    assert NUMBERS == read


WORDS = [
    ("short", (150185115, "USD"), "$150M"),
    ("short", (112, "min"), "112 min"),
    ("short", (2009, "year", False), "2009"),
    ("short", (0, "EUR"), "\u20ac0"),
    ("long", (1234567890, "USD"), "$1.23 billion"),
    ("long", (22714455, "USD"), "$22.7 million"),
    ("percent", (0.31,), "31%"),
    ("percent", (0.999,), "more than 99%"),
    ("percent", (0.0001,), "less than 1%"),
    ("odds", (0.31,), "about 3 in 10"),
    ("odds", (0.04,), "about 1 in 25"),
    ("odds", (0.5,), "about even"),
    ("odds", (0.96,), "almost certain"),
    ("typed", (60000000,), "60M"),
    ("typed", (2009,), "2009"),
]


def test_numbers_are_written_as_people_read_them(visitor: Visitor) -> None:
    page = visitor.open()

    assert WORDS == [
        (function, given, call(page, "numbers.js", function, *given))
        for function, given, _ in WORDS
    ]
