"""A server that is gone, busy, or older than the page."""

import pytest
from playwright.sync_api import Route, expect

from tests.support.browser import Visitor, needs_browser

pytestmark = needs_browser
GONE = "The server does not answer. This page asks again by itself."


def test_a_server_that_is_gone_is_told_and_asked_again(visitor: Visitor) -> None:
    page = visitor.open()
    page.context.set_offline(True)
    page.fill("#production_budget", "70M")

    expect(page.locator("#trouble")).to_have_text(GONE)
    expect(page.locator("#trouble")).to_have_role("alert")
    expect(page.locator("#answer-side")).to_have_class("stale")

    page.context.set_offline(False)
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator("#answer-side")).not_to_have_class("stale")


def test_a_page_that_is_opened_before_its_server_answers_waits_for_it(visitor: Visitor) -> None:
    page = visitor.enter()
    page.route("**/v1/model", lambda route: route.abort())
    page.goto(visitor.address)
    expect(page.locator("#page-lead")).to_have_text(GONE)
    page.unroute("**/v1/model")

    expect(page.locator("#forecast[data-value]")).to_be_visible()


def test_a_server_that_is_busy_is_asked_again(visitor: Visitor) -> None:
    page = visitor.open()
    sentence = "256 requests are under way: try again later."

    def busy(route: Route) -> None:
        route.fulfill(status=429, json={"error": sentence, "details": []})

    page.route("**/v1/prediction?*", busy)
    page.fill("#production_budget", "70M")
    expect(page.locator("#trouble")).to_contain_text(sentence)
    page.unroute("**/v1/prediction?*")

    expect(page.locator("#trouble")).to_be_empty()


@pytest.mark.parametrize(
    ("path", "part"), [("explanation", "reasons"), ("comparables", "comparables")]
)
def test_what_the_server_cannot_answer_is_hidden_and_not_asked_for_again(
    visitor: Visitor, path: str, part: str
) -> None:
    page = visitor.enter()
    asked: list[str] = []

    def unknown(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404, json={"error": "Not Found", "details": []})

    page.route(f"**/v1/{path}*", unknown)
    page.goto(visitor.address)
    expect(page.locator("#sweep-body svg")).to_be_visible()
    page.fill("#production_budget", "70M")
    page.wait_for_load_state("networkidle")

    assert 1 == len(asked)
    expect(page.locator(f"#{part}-part")).to_be_hidden()
    expect(page.locator("#trouble")).to_be_empty()


def test_an_error_that_is_not_the_pages_is_told_as_the_server_tells_it(visitor: Visitor) -> None:
    page = visitor.open()
    sentence = "Something went wrong that is not the fault of the request; it is in the log."
    page.route(
        "**/v1/prediction?*",
        lambda route: route.fulfill(status=500, json={"error": sentence, "details": []}),
    )
    page.fill("#production_budget", "70M")

    expect(page.locator("#trouble")).to_have_text(sentence)
