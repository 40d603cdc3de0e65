"""The page over one worker and over two: whichever answers, all of it is there."""

from typing import Any

from playwright.sync_api import expect

from service.films.schema import EXAMPLE
from tests.support.browser import Visitor, needs_browser, post, wait_for_value
from tests.support.server import Server

PARTS = ("reasons", "comparables", "sweep", "pair")


@needs_browser
def test_all_parts_are_answered(server: Server, chromium: Any) -> None:
    visitor = Visitor(chromium, server.http)
    page = visitor.open("#genre=Comedy&_beside=genre%3DDrama")
    for budget in (20e6, 40e6, 80e6):
        page.fill("#production_budget", f"{budget:.0f}")
        film = {"genre": EXAMPLE["genre"], "production_budget": budget}
        wait_for_value(page, post(f"{server.http}/v1/prediction", film)["worldwide_gross"])
    page.wait_for_load_state("networkidle")

    for part in PARTS:
        expect(page.locator(f"#{part}-part")).to_be_visible()
    assert [] == visitor.said
    visitor.leave()
