"""The wheel, environments that have it, and a server to ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clients import TOKEN, built, installed
from tests.support.server import Server, running


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as `make client` builds it."""
    return built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and both of its extras, and nothing else."""
    return installed(tmp_path_factory.mktemp("both") / "env", f"{wheel}[rest,grpc]")


@pytest.fixture(scope="package")
def service(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running service that takes outcomes, and at most 40 films in a request."""
    folder = tmp_path_factory.mktemp("service")
    with running(
        folder,
        BOX_OFFICE_MAX_BATCH="40",
        BOX_OFFICE_OUTCOMES_TOKEN=TOKEN,
        BOX_OFFICE_JOURNAL=str(folder / "journal"),
    ) as server:
        yield server
