"""A run of the pipeline that several modules look at."""

import pytest

from tests.support.checkout import Checkout, quick


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, str]:
    """The project after `dvc repro` on invented tables with few trees, and what that printed."""
    project = quick(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("home"))
    return project, project.run("dvc", "repro")
