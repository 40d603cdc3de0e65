"""A model folder is forecast from where BentoML is not installed: it needs three packages.

The environment is a real one, whose packages are links to those that are installed here.
"""

import json
import re
import subprocess
import venv
from importlib.metadata import distribution, requires
from pathlib import Path

import pytest

from service.films.schema import EXAMPLE
from service.model.predictor import Predictor
from tests.support.project import ROOT

PACKAGES = ("numpy", "onnxruntime", "pydantic")
PROGRAM = """
import json, sys
from pathlib import Path
from service.model.predictor import Predictor
columns = {name: [value] for name, value in json.loads(sys.argv[2]).items()}
print(repr(float(Predictor.load(Path(sys.argv[1])).predict(columns).point[0])))
"""


def needed(*names: str) -> set[str]:
    """These packages and all that they require, without their extras."""
    found: set[str] = set()
    while names:
        found |= set(names)
        wanted = [line for name in names for line in requires(name) or () if "extra ==" not in line]
        plain = {match[0].lower() for line in wanted if (match := re.match(r"[\w.-]+", line))}
        names = tuple(plain - found)
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has these packages, and no other."""
    folder = tmp_path_factory.mktemp("light") / "venv"
    venv.create(folder, with_pip=False)
    [packages] = folder.glob("lib/python*/site-packages")
    for name in needed(*PACKAGES):
        for file in distribution(name).files or ():
            link = packages / file
            if ".." not in file.parts and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(str(file.locate())).resolve())
    return folder / "bin" / "python"


def run(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([python, "-c", *words], cwd=ROOT, capture_output=True, text=True)


def test_a_forecast_from_a_folder_is_the_same_without_bentoml(
    python: Path, model_folder: Path
) -> None:
    columns = {name: [value] for name, value in EXAMPLE.items()}
    expected = float(Predictor.load(model_folder).predict(columns).point[0])

    answer = run(python, PROGRAM, str(model_folder), json.dumps(EXAMPLE))

    assert (0, repr(expected)) == (answer.returncode, answer.stdout.strip()), answer.stderr


@pytest.mark.parametrize("package", ["bentoml", "grpc", "starlette", "pandas", "sklearn"])
def test_there_is_no_other_package_in_that_environment(python: Path, package: str) -> None:
    assert "ModuleNotFoundError" in run(python, f"import {package}").stderr
