"""The pictures of the page in the README, taken from a server that runs."""

import argparse
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, ViewportSize

from benchmarks.browser import browser
from service.errors import BoxOfficeError
from training.common.cli import run

FOLDER = Path("docs")
_DESK, _PHONE = ViewportSize(width=1240, height=860), ViewportSize(width=390, height=844)


def open_page(chromium: Browser, url: str, **options: object) -> Page:
    """The page after its last part has been drawn; raises BoxOfficeError if nobody answers."""
    page = chromium.new_context(**options).new_page()  # type: ignore[arg-type]
    try:
        page.goto(url)
    except Error:
        raise BoxOfficeError(f"Nothing answers at {url}: `make serve` first.") from None
    page.wait_for_selector("#sweep-body svg")
    page.wait_for_load_state("networkidle")
    return page


def draw(chromium: Browser, url: str) -> None:
    """The page on a desk, and on a phone in the dark."""
    desk = open_page(chromium, url, viewport=_DESK)
    desk.screenshot(path=FOLDER / "page.png")
    phone = open_page(chromium, url, viewport=_PHONE, color_scheme="dark")
    phone.locator("#answer-part").scroll_into_view_if_needed()
    phone.evaluate("document.getElementById('aim-title').scrollIntoView()")
    phone.screenshot(path=FOLDER / "phone.png")


def main(argv: list[str] | None = None) -> int:
    """Write both into docs/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:3000/")
    arguments = parser.parse_args(argv)
    with browser() as chromium:
        draw(chromium, arguments.url)
    return 0


if __name__ == "__main__":
    run("pictures", main)
