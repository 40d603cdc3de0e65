"""The notebooks run from top to bottom, the last against a server, and are kept without outputs.

They are one file each, as GitHub and JupyterLab show them: ruff reads them as they are, and that no
output is committed is what the first test is for.
"""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from rehearsal.port import free_port
from tests.support.checkout import copy_project
from tests.support.project import ROOT
from tests.support.server import running

NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
CLIENTS = ("REST", "curl", "gRPC", "OIP", "BentoML")
every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def read(name: str) -> Any:
    return nbformat.read(NOTEBOOKS[name], as_version=nbformat.NO_CONVERT)


@every_notebook
def test_a_notebook_is_valid_and_says_nothing_of_a_run(name: str) -> None:
    notebook = read(name)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    nbformat.validate(notebook)
    assert [] == [cell.source for cell in cells if cell.outputs or cell.execution_count]
    assert [] == [cell.metadata for cell in notebook.cells if cell.metadata]
    assert {"kernelspec", "language_info"} == set(notebook.metadata)
    assert {"name": "python"} == notebook.metadata.language_info


@every_notebook
def test_a_notebook_explains_what_it_does(name: str) -> None:
    cells = read(name).cells
    text = [cell for cell in cells if cell.cell_type == "markdown"]

    assert cells[0].source.startswith("# ")
    assert len(text) > len(cells) / 3
    for path in re.findall(r"\]\(([^)#]+)", "".join(cell.source for cell in text)):
        assert (ROOT / "notebooks" / path).exists(), path


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of the project, in which nothing was trained."""
    root = tmp_path_factory.mktemp("notebooks")
    copy_project(root)
    return root / "notebooks"


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels that write nothing into the home of who runs the tests."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))


def executed(name: str, folder: Path) -> Any:
    """The notebook after a run in a folder; an error where a cell has one."""
    made = NotebookClient(read(name), resources={"metadata": {"path": str(folder)}}, timeout=120)
    return made.execute()


def printed(notebook: Any) -> str:
    """What the cells print and show as text."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    return "\n".join(
        out.get("text") or out.get("data", {}).get("text/plain", "") for out in outputs
    )


def pictures(notebook: Any) -> int:
    return json.dumps(notebook).count('"image/png"')


@pytest.mark.usefixtures("kernels")
def test_the_films_are_explored(copy: Path) -> None:
    notebook = executed("explore", copy)

    assert re.search(r"A tenth of the films earned \d\d% of the money", printed(notebook))
    assert re.search(r"^Strongest: \w+ \(\+0\.\d\d\)", printed(notebook), re.M)
    assert 5 <= pictures(notebook)


@pytest.mark.usefixtures("kernels")
def test_the_model_is_fitted_and_looked_at(copy: Path, model_tag: str) -> None:
    notebook = executed("model", copy)

    assert re.search(r"MAE is \d+% lower than that of plain boosting", printed(notebook))
    [product] = re.findall(r"M\$ times [\d.]+ is ([\d.]+) M\$,$", printed(notebook), re.M)
    assert f"and the forecast is {product} M$." in printed(notebook)
    assert model_tag in printed(notebook)
    assert 4 <= pictures(notebook)


@pytest.mark.usefixtures("kernels", "model_tag")
def test_a_running_server_is_asked_by_every_client(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "server").mkdir()
    with running(tmp_path / "server") as server:
        monkeypatch.setenv("PORT", str(server.port))
        monkeypatch.setenv("BOX_OFFICE_GRPC_PORT", str(server.grpc_port))
        notebook = executed("service", copy)

    assert all(client in printed(notebook) for client in CLIENTS)
    assert re.search(r"^Sum of the means: +\d+\.\d\d billion", printed(notebook), re.M)
    assert "production_bugdet is not a field" in printed(notebook)
    assert 1 <= pictures(notebook)


@pytest.mark.usefixtures("kernels")
def test_without_a_server_the_notebook_says_how_to_start_one(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", str(free_port()))

    with pytest.raises(CellExecutionError, match=r"Nothing is ready at .+: run `make serve` in a"):
        executed("service", copy)
