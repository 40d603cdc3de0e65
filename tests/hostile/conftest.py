"""One server with the limits that it ships with, for all tests that do not end it."""

from collections.abc import Iterator

import pytest

from tests.support.server import ONE_PROCESS, Server, running


@pytest.fixture(scope="package")
def target(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in one process, as in the image, over REST and gRPC."""
    with running(tmp_path_factory.mktemp("target"), way=ONE_PROCESS) as server:
        yield server
