"""The address holds what one sees; the link and the command that are copied say the same."""

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from service.films.schema import EXAMPLE
from tests.support.browser import Visitor, needs_browser, value, wait_for_value

pytestmark = needs_browser
Ask = Callable[..., Any]
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def said(page: Page) -> dict[str, str]:
    """What the fragment of the address says."""
    return {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).fragment).items()}


def test_the_address_has_what_one_typed(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    page.fill("#production_budget", "$1.2 bn")
    wait_for_value(page, ask(EXAMPLE | {"production_budget": 1.2e9})["worldwide_gross"])

    assert "$1.2 bn" == said(page)["production_budget"]
    assert set(EXAMPLE) == set(said(page))


def test_somebody_else_who_gets_the_address_sees_the_same(visitor: Visitor) -> None:
    page = visitor.open("#production_budget=20M&genre=Drama")
    page.get_by_role("button", name="Keep to compare").click()
    page.fill("#production_budget", "35M")
    page.fill("#genre", "Rom-Com & Söhne")
    page.select_option("#sweep-field", "genre")
    expect(page.locator("#sweep-body circle").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    other = visitor.open(f"#{urlsplit(page.url).fragment}")

    assert said(page) == said(other)
    assert "Rom-Com & Söhne" == other.input_value("#genre")
    assert "genre" == other.input_value("#sweep-field")
    assert value(page) == value(other)
    expect(other.locator(".pair")).to_contain_text("Drama")


def test_settings_are_in_the_address(visitor: Visitor) -> None:
    page = visitor.open("#production_budget=20M&_coverage=0.5&_multiple=3.1")

    expect(page.locator("#coverage-choice input[value='0.5']")).to_be_checked()
    expect(page.locator("#line-multiple")).to_have_value("3.1")
    expect(page.locator(".interval")).to_contain_text("With a probability of 50%")
    expect(page.locator("#chance-words")).to_contain_text("$62 million")


def test_an_empty_film_stays_empty_when_the_page_is_loaded_again(
    visitor: Visitor, ask: Ask
) -> None:
    page = visitor.open()
    page.get_by_role("button", name="Clear").click()
    wait_for_value(page, ask({})["worldwide_gross"])
    page.reload()

    wait_for_value(page, ask({})["worldwide_gross"])
    assert "" == page.input_value("#genre")


def test_another_address_in_the_same_window_is_shown(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    page.evaluate("location.hash = '#production_budget=7M'")

    wait_for_value(page, ask({"production_budget": 7e6})["worldwide_gross"])
    assert "" == page.input_value("#genre")


@pytest.mark.parametrize(
    "fragment",
    ["#nonsense", "#nowhere=1", "#%%%", "#_sweep=nothing&_beside=nothing", "#__proto__=1"],
)
def test_an_address_that_is_none_of_ours_shows_a_forecast(visitor: Visitor, fragment: str) -> None:
    page = visitor.open(fragment)

    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator("#sweep-body svg")).to_be_visible()


def test_the_link_is_copied(visitor: Visitor) -> None:
    page = visitor.open("#production_budget=20M", **CLIPBOARD)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copy-state")).to_have_text("The link is copied.")

    assert page.url == page.evaluate("navigator.clipboard.readText()")


def test_what_cannot_be_copied_is_shown(visitor: Visitor) -> None:
    page = visitor.open()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.get_by_role("button", name="Copy link").click()

    expect(page.locator("#copy-text")).to_have_value(page.url)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_command_that_is_copied_gives_the_same_forecast(visitor: Visitor) -> None:
    page = visitor.open("#production_budget=20M&genre=It's", **CLIPBOARD)
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#copy-state")).to_have_text("The command is copied.")
    command = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=True, timeout=20
    )

    assert value(page) == json.loads(done.stdout)["worldwide_gross"]
