"""The base of the image is one by its digest, which a registry says.

The registry is real where skopeo, buildah and docker-registry are installed.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from delivery import base
from rehearsal.cloud.registry import registry
from service.errors import BoxOfficeError
from tests.support.project import ROOT

PROGRAMS = ("buildah", "skopeo", "docker-registry")
needs_registry = pytest.mark.skipif(
    not all(map(shutil.which, PROGRAMS)), reason=f"{', '.join(PROGRAMS)} are not installed"
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose base is not pinned yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    storage = {"driver": "vfs", "graphroot": tmp_path / "graph", "runroot": tmp_path / "run"}
    lines = "\n".join(f'{name} = "{value}"' for name, value in storage.items())
    (tmp_path / "storage.conf").write_text(f"[storage]\n{lines}\n")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    base.FILE.parent.mkdir()
    base.FILE.write_text("# The base.\nFROM python:3.11-slim\n")
    return tmp_path


@pytest.fixture
def python(project: Path) -> Iterator[str]:
    """The name of an image in a running registry."""
    with registry(project) as host:
        push(project, name := f"{host}/library/python:3.11-slim", "one")
        base.FILE.write_text(f"# The base.\nFROM {name}\n")
        yield name


def push(folder: Path, name: str, text: str) -> None:
    """An image for several platforms, which holds a text."""
    (folder / "file").write_text(text)
    container = run("buildah", "from", "scratch")
    run("buildah", "copy", container, str(folder / "file"), "/file")
    run("buildah", "commit", "--quiet", "--manifest=all", container, "localhost/one:latest")
    run("buildah", "manifest", "push", "--all", "--tls-verify=false", "all", f"docker://{name}")


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


@needs_registry
def test_the_newest_image_is_pinned_by_the_digest_that_all_its_platforms_share(
    python: str, project: Path
) -> None:
    assert base.pin().endswith("and was not pinned")
    first = base.pinned()
    raw = run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{python}")

    assert f"{python}@sha256:{hashlib.sha256(raw.encode()).hexdigest()}" == first
    assert "manifests" in yaml.safe_load(raw)
    assert f"# The base.\nFROM {first}\n" == base.FILE.read_text()


@needs_registry
def test_what_is_the_newest_already_is_left_as_it_is(python: str, project: Path) -> None:
    base.pin()
    first = base.pinned()

    assert "is still" in base.pin()
    push(project, python, "another")
    assert first == base.pinned()
    assert first.partition("@")[2] in base.pin()
    assert first != base.pinned()


@needs_registry
def test_a_registry_that_does_not_have_it_is_told_of(python: str) -> None:
    base.FILE.write_text(f"FROM {python.replace('3.11', '2.7')}\n")

    with pytest.raises(BoxOfficeError, match="skopeo inspect"):
        base.pin()


@pytest.mark.usefixtures("project")
def test_a_base_that_is_not_pinned_says_how_it_becomes_so() -> None:
    with pytest.raises(BoxOfficeError, match=r"no digest of python:3\.11-slim: run `make base`"):
        base.pinned()


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("text", ["", "FROM python:3.11-slim AS base\n", "FROM a:1\nFROM b:1\n"])
def test_a_file_that_does_not_name_one_image_is_refused(text: str) -> None:
    base.FILE.write_text(text)

    with pytest.raises(BoxOfficeError, match="needs one line as `FROM"):
        base.pinned()


def test_the_base_of_this_project_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert base.pinned().startswith("python:3.11-slim@sha256:")
