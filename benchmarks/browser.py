"""A browser without a window: Debian's chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from rehearsal.containers.debian import require

PROGRAM = "chromium"


@contextmanager
def browser() -> Iterator[Browser]:
    """Run it during the block; raises BoxOfficeError naming the package where it is missing."""
    require(PROGRAM)
    with sync_playwright() as playwright:
        # Its own sandbox does not start as root, and it opens no page but ours.
        chromium = playwright.chromium.launch(
            executable_path=shutil.which(PROGRAM), args=["--no-sandbox"]
        )
        try:
            yield chromium
        finally:
            chromium.close()
