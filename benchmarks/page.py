"""The page in a real browser: its weight, its first forecast, and a table of 10,000 rows.

It asks a server that runs: `make serve`, and `python -m benchmarks.page` in another shell.
"""

import argparse
import csv
import io
import statistics
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.browser import browser
from service.films.fields import FIELDS
from service.films.schema import EXAMPLE
from service.rest.web import FOLDER
from training.common.cli import run

_VISITS = 9
# When the page has its forecast, in milliseconds, from the frame that shows it.
_NOTE = """
window.noted = new Promise((note) => {
    new MutationObserver((_, observer) => {
        if (!document.querySelector("#forecast[data-value]")) return;
        observer.disconnect();
        requestAnimationFrame(() => note(performance.now()));
    }).observe(document, { subtree: true, childList: true, attributes: true });
});
"""
_ROWS = 10_000


def first_forecast(chromium: Browser, url: str) -> float:
    """Milliseconds from the start of a first visit, with nothing kept, to the forecast."""
    context = chromium.new_context()
    page = context.new_page()
    page.add_init_script(_NOTE)
    page.goto(url)
    milliseconds: float = page.evaluate("window.noted")
    context.close()
    return milliseconds


def table(path: Path) -> Path:
    """A CSV file of rows that differ in all their numbers."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    for row in range(_ROWS):
        scale = 0.9 + 0.1 * row / _ROWS
        values = {n: v if isinstance(v, str) else v * scale for n, v in EXAMPLE.items()}
        writer.writerow([values.get(name, "") for name in FIELDS])
    path.write_text(text.getvalue())
    return path


def of_a_table(chromium: Browser, url: str, path: Path) -> str:
    """What the page says of a table, with the seconds that it took."""
    page = chromium.new_page()
    page.goto(url)
    page.wait_for_selector("#forecast[data-value]")
    page.set_input_files("#films-file", path)
    page.wait_for_selector("#films-save:not([hidden])")
    return page.inner_text("#films-state")


def main(argv: list[str] | None = None) -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:3000/")
    parser.add_argument("--table", type=Path, default=Path("/tmp/box-office-rows.csv"))
    arguments = parser.parse_args(argv)
    weight = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"weight: {weight:,} bytes in {len([*FOLDER.iterdir()])} files")
    with browser() as chromium:
        visits = [first_forecast(chromium, arguments.url) for _ in range(_VISITS)]
        print(
            f"first forecast: median {statistics.median(visits):.0f} ms, "
            f"slowest of {_VISITS} {max(visits):.0f} ms"
        )
        print("table:", of_a_table(chromium, arguments.url, table(arguments.table)))
    return 0


if __name__ == "__main__":
    run("page", main)
