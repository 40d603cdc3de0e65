"""`pip install -e .`, hooks, and the version that the service has with it wherever it goes."""

import os
import shutil
import subprocess
import sys
from email.parser import Parser
from pathlib import Path

import bentoml
import pytest

from delivery.clients import Rest
from service import __version__
from tests.support.checkout import project_files
from tests.support.project import ROOT
from tests.support.server import running

# As pip does it, with the setuptools that is installed instead of one from the index.
BUILD = "import sys; from setuptools import build_meta as b; print(b.{}(sys.argv[1]))"
PACKAGES = ("service", "training", "delivery", "rehearsal", "benchmarks")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the project in another folder, without its repository."""
    folder = tmp_path_factory.mktemp("copy") / "project"
    for name in project_files():
        if name.split("/")[0] in PACKAGES or name.startswith("requirements/") or "/" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def build(copy: Path, kind: str, folder: Path) -> Path:
    """Build a wheel of the project; unpacks it into a folder, as an installer does."""
    command = [sys.executable, "-c", BUILD.format(kind), str(folder)]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert 0 == run.returncode, run.stdout + run.stderr
    shutil.unpack_archive(folder / run.stdout.splitlines()[-1], folder, "zip")
    return folder


def test_what_is_installed_editable_is_imported_from_anywhere(copy: Path, tmp_path: Path) -> None:
    installed = build(copy, "build_editable", tmp_path)
    modules = ", ".join(("service.dataplane", "training.common.params", "delivery.release"))
    program = (
        f"import site; site.addsitedir({str(installed)!r}); import {modules}; print({modules})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd="/", capture_output=True, text=True, check=False
    )

    assert 0 == run.returncode, run.stderr
    assert 3 == run.stdout.count(f"from '{copy}/")


def test_a_wheel_has_the_version_the_packages_of_the_image_and_the_page(
    copy: Path, tmp_path: Path
) -> None:
    wheel = build(copy, "build_wheel", tmp_path)
    [text] = [path.read_text() for path in wheel.glob("*.dist-info/METADATA")]
    metadata, wanted = Parser().parsestr(text), (ROOT / "requirements" / "serve.in").read_text()

    assert ("box-office", __version__, ">=3.11") == tuple(
        metadata[name] for name in ("Name", "Version", "Requires-Python")
    )
    assert [line for line in wanted.splitlines() if line[:1] != "#"] == metadata.get_all(
        "Requires-Dist"
    )
    assert set(PACKAGES) == {path.parent.name for path in wheel.glob("*/__init__.py")}
    assert {"index.html", "app.js"} <= {path.name for path in (wheel / "service/web").iterdir()}


def test_a_bento_knows_its_version_where_there_is_no_repository(
    model_tag: str, copy: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "bentoml", "build", "--output", "tag"]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert 0 == run.returncode, run.stderr
    tag = run.stdout.rpartition("__tag__:")[2].strip()
    bento = bentoml.bentos.get(tag)

    with running(tmp_path, tag) as server:
        answer = Rest(server.http).expect("/v1/model")

    assert (model_tag, __version__) == (answer["model"], answer["version"])
    assert not Path(bento.path_of("src/.git")).exists()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the hooks of the project, and the style that it wants."""
    for name in (".githooks", "Makefile", "delivery"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    ruff = Path(sys.executable).with_name("ruff")
    (tmp_path / ".venv" / "bin" / "ruff").symlink_to(ruff)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.setenv(f"GIT_{name}", "test@localhost")
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["make", "--silent", "-o", "install", "hooks"], check=True)
    return tmp_path


def commit(repository: Path, name: str, text: str) -> subprocess.CompletedProcess[str]:
    (repository / name).write_text(text)
    subprocess.run(["git", "add", name], check=True)
    command = ["git", "commit", "--quiet", "--message=A change"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", ["x  =  1\n", "import os\n"], ids=["format", "rule"])
def test_a_hook_stops_a_commit_that_is_not_in_the_style(repository: Path, text: str) -> None:
    stopped = commit(repository, "a module.py", text)

    assert 1 == stopped.returncode
    assert "pre-commit: `make format` repairs what it can" in stopped.stderr


@pytest.mark.parametrize("name", ["a module.py", "notes.md"])
def test_a_hook_lets_through_what_is(repository: Path, name: str) -> None:
    (repository / "untidy.py").write_text("x  =  1\n")  # which is not committed

    assert 0 == commit(repository, name, "X = 1\n").returncode


def test_a_hook_without_its_program_says_what_installs_it(repository: Path) -> None:
    (repository / ".venv" / "bin" / "ruff").unlink()

    stopped = commit(repository, "a.py", "X = 1\n")

    assert 1 == stopped.returncode
    assert ".venv/bin/ruff is missing: `make install` installs it" in stopped.stderr
