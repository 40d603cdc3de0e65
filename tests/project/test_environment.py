"""What is installed is what the locks say, and nothing lies on top of it."""

import os
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.utils import canonicalize_name

from rehearsal.image.contents import locked
from rehearsal.image.inside import contested
from tests.support.project import ROOT


def write_package(folder: Path, name: str, files: Mapping[str, str]) -> None:
    """A package as an installer leaves it: its files, and the record of them."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in files))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


@pytest.mark.parametrize("name", ["serve", "train", "dev"])
def test_the_packages_of_a_lock_are_installed_in_its_versions(name: str) -> None:
    """So that what follows is said of each of the locks."""
    here = {canonicalize_name(each.metadata["Name"]): each.version for each in distributions()}
    markers = {key: str(value) for key, value in default_environment().items()}
    wanted = locked(ROOT / "requirements" / f"{name}.txt", markers)

    assert wanted
    assert {} == {key: version for key, version in wanted.items() if here.get(key) != version}


@pytest.mark.parametrize("name", ["serve", "train"])
def test_each_python_has_the_same_version_of_what_a_model_is_made_with(name: str) -> None:
    """Or the last digits of what is served would depend on it, and so would the tag."""
    markers = {key: str(value) for key, value in default_environment().items()}
    lock = ROOT / "requirements" / f"{name}.txt"
    versions = [
        locked(lock, markers | {"python_version": python, "python_full_version": f"{python}.0"})
        for python in ("3.11", "3.12", "3.13", "3.14")
    ]

    assert versions[0]["numpy"]
    for package in ("numpy", "onnx", "onnxruntime", "pandas", "scikit-learn", "scipy", "skl2onnx"):
        assert 1 == len({each.get(package) for each in versions}), package


def test_no_file_is_installed_by_two_packages() -> None:
    assert {} == contested()


def test_a_file_that_two_packages_have_installed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path, "circus", {"circus/arbiter.py": "", "circus/tests.py": ""})
    write_package(tmp_path, "kantoku", {"circus/arbiter.py": "", "../bin/circusd": ""})
    write_package(tmp_path, "other", {"other.py": "", f"../{tmp_path.name}/../bin/circusd": ""})
    monkeypatch.syspath_prepend(tmp_path)

    assert {
        str(tmp_path / "circus" / "arbiter.py"): ["circus", "kantoku"],
        os.path.normpath(tmp_path / "../bin/circusd"): ["kantoku", "other"],
    } == contested()
