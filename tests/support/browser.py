"""A real browser for tests of the page: what it is shown, asks for and says."""

import json
import shutil
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.browser import PROGRAM

needs_browser = pytest.mark.skipif(
    not shutil.which(PROGRAM),
    reason=f"{PROGRAM} is not installed: `sudo apt-get install --yes {PROGRAM}`",
)


@dataclass
class Visitor:
    """Opens the page of a server in a browser; each visit keeps nothing of the ones before."""

    browser: Browser
    address: str
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # to the console

    def open(self, fragment: str = "", **options: Any) -> Page:
        """The page, once it shows a forecast."""
        page = self.enter(**options)
        page.goto(f"{self.address}/{fragment}")
        expect(page.locator("#forecast[data-value]")).to_be_visible()
        return page

    def enter(self, **options: Any) -> Page:
        """A window that shows nothing yet."""
        page = self.browser.new_context(**options).new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        return page

    def leave(self) -> None:
        """Close what was opened."""
        for context in self.browser.contexts:
            context.close()


def value(page: Page) -> float:
    """The number that the page shows, exactly."""
    return float(page.locator("#forecast").get_attribute("data-value") or "nan")


def wait_for_value(page: Page, expected: float) -> None:
    """Wait until the page shows exactly this number."""
    expect(page.locator("#forecast")).to_have_attribute("data-value", f"{expected:.0f}")


def call(page: Page, module: str, function: str, *arguments: Any) -> Any:
    """What a function of one of the page's modules gives, in the browser."""
    script = """async ([module, name, given]) => {
        const scripts = document.querySelector("script[type=module]").src;
        return (await import(new URL(module, scripts)))[name](...given);
    }"""
    return page.evaluate(script, [module, function, list(arguments)])


def post(url: str, body: Any) -> Any:
    """What the server answers without the page."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
