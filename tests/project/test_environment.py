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
