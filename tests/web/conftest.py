"""One server and one browser for all tests of the page."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.browser import browser
from tests.support.browser import Visitor, post
from tests.support.server import Server, running


@pytest.fixture(scope="package")
def site(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker, whose requests have so few films that a table is several."""
    with running(tmp_path_factory.mktemp("site"), BOX_OFFICE_MAX_BATCH="200") as server:
        yield server


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser; while it runs, this process has no event loop of its own."""
    with browser() as chromium:
        yield chromium


@pytest.fixture
def visitor(site: Server, chromium: Any) -> Iterator[Visitor]:
    """A visitor of the page."""
    visitor = Visitor(chromium, site.http)
    yield visitor
    visitor.leave()


@pytest.fixture
def ask(site: Server) -> Callable[..., Any]:
    """What the server answers to a film, asked without the page."""
    return lambda body, path="/v1/prediction": post(f"{site.http}{path}", body)
