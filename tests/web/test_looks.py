"""For everybody: by keyboard, with a screen reader, on a phone, in the dark, on paper."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from service.films.schema import EXAMPLE
from tests.support.browser import Visitor, needs_browser

pytestmark = needs_browser
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
DARK = {"color_scheme": "dark"}
LONG = (
    "title,production_budget,genre\n" + "A title that is as long as titles can be,-1,Comedy\n" * 3
)


def whole(visitor: Visitor, **options: Any) -> Page:
    """The page with all that it can show: two films, a table, a warning."""
    page = visitor.open("#production_budget=900M&genre=Comedy&_beside=genre%3DDrama", **options)
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": f"{LONG}B,5M,Drama\n".encode()}
    page.set_input_files("#films-file", file)
    expect(page.locator("#films-state")).to_contain_text("1 film forecast")
    expect(page.locator("#sweep-body svg")).to_be_visible()
    expect(page.locator(".pair")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return page


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds, of whatever weight, and where."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


@pytest.mark.parametrize("options", [{}, DARK, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(visitor: Visitor, options: dict[str, Any]) -> None:
    assert [] == violations(whole(visitor, **options))


def test_axe_finds_nothing_where_a_film_is_refused(visitor: Visitor) -> None:
    page = visitor.open("#duration=112")
    page.fill("#duration", "-5")
    expect(page.locator("#trouble")).to_contain_text("must be")

    assert [] == violations(page)


def test_a_phone_shows_all_of_it_without_scrolling_sideways(visitor: Visitor) -> None:
    page = whole(visitor, **PHONE)

    assert 360 == page.evaluate("document.documentElement.scrollWidth")


def test_a_phone_shows_the_forecast_beside_the_form(visitor: Visitor) -> None:
    page = visitor.open(**PHONE)

    expect(page.locator("#forecast-peek")).to_be_in_viewport()
    expect(page.locator("#forecast-peek")).to_contain_text(page.inner_text("#forecast"))


def test_in_the_dark_the_page_is_dark(visitor: Visitor) -> None:
    def lightness(page: Page) -> float:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))

    assert lightness(visitor.open(**DARK)) < 150 < 600 < lightness(visitor.open())


def test_on_paper_there_is_the_film_and_its_forecast_and_no_button(visitor: Visitor) -> None:
    page = visitor.open("#production_budget=20M&genre=Comedy", **DARK)
    page.emulate_media(media="print")

    expect(page.locator("#forecast")).to_be_visible()
    expect(page.locator("#production_budget")).to_be_visible()
    expect(page.locator("#title_year")).to_be_hidden()
    assert [] == [each for each in page.get_by_role("button").all() if each.is_visible()]
    white = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert "rgb(255, 255, 255)" == white


def test_the_keyboard_reaches_everything_in_its_order(visitor: Visitor) -> None:
    page = visitor.open()
    expect(page.locator("#sweep-body svg")).to_be_visible()
    page.wait_for_load_state("networkidle")
    reached = []
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.name"))
    needed = [
        "skip-link",
        "production_budget",
        "clear-film",
        "copy-curl",
        "sweep-field",
        "films-file",
        "films-sample",
    ]

    assert needed == [
        each for each in reached[: reached.index("films-sample") + 1] if each in needed
    ]


def test_the_skip_link_leads_to_the_forecast_and_keeps_the_address(visitor: Visitor) -> None:
    page = visitor.open("#genre=Comedy")
    address = page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert "forecast" == page.evaluate("document.activeElement.id")
    assert address == page.url


def test_what_changes_is_read_aloud(visitor: Visitor) -> None:
    page = visitor.open()

    assert "OUTPUT" == page.evaluate("document.getElementById('forecast').tagName")
    assert "status" == page.get_attribute("#films-state", "role")
    assert "alert" == page.get_attribute("#trouble", "role")
    for name in EXAMPLE:
        assert page.get_attribute(f"#{name}", "aria-describedby")


def test_enter_in_an_input_does_not_leave_the_page(visitor: Visitor) -> None:
    page = visitor.open("#genre=Comedy")
    page.press("#genre", "Enter")

    assert "Comedy" == page.input_value("#genre")
