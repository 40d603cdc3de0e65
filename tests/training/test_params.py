"""params.yaml is typed: what is wrong in it is refused by name."""

from pathlib import Path

import pytest

from service.errors import BoxOfficeError
from tests.support.project import ROOT
from training.common import params

TEXT = (ROOT / "params.yaml").read_text()


def load(folder: Path, text: str) -> params.Params:
    path = folder / "params.yaml"
    path.write_text(text)
    return params.load(path)


def changed(line: str) -> str:
    """The project's own params.yaml with another value for the first setting of that name."""
    name = line.split(":")[0]
    before, after = TEXT.split(f"  {name}:", 1)
    return f"{before}  {line}\n" + after.split("\n", 1)[1]


def test_the_project_has_valid_params() -> None:
    loaded = params.load(ROOT / "params.yaml")

    assert "data/open" == loaded.ingest.source[0]
    assert 0 < loaded.train.coverage < 1


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        ("source: ['']", "ingest.source.0"),
        ("source: []", "ingest.source"),
        ("source: data/open", "ingest.source"),
        ("folds: many", "prepare.folds"),
        ("folds: 2", "prepare.folds"),
        ("folds: 101", "prepare.folds"),
        ("seed: -1", "prepare.seed"),
        ("seed: 4294967296", "prepare.seed"),
        ("backtest_share: 0.5", "prepare.backtest_share"),
        ("coverage: 1", "train.coverage"),
        ("trees_weight: 2", "train.trees_weight"),
        ("min_films_per_category: 1.5", "train.min_films_per_category"),
        ("min_films_per_horizon: 0", "train.min_films_per_horizon"),
        ("tiers: [2, 1]", "groups.tiers"),
    ],
)
def test_a_wrong_value_is_named_with_its_section(tmp_path: Path, line: str, setting: str) -> None:
    with pytest.raises(BoxOfficeError, match=rf"params\.yaml: {setting}: .+\."):
        load(tmp_path, changed(line))


@pytest.mark.parametrize("section", ["ingest", "prepare", "train"])
def test_an_unknown_key_is_named_with_its_section(tmp_path: Path, section: str) -> None:
    text = TEXT.replace(f"{section}:\n", f"{section}:\n  sede: 7\n")

    with pytest.raises(BoxOfficeError, match=rf"params\.yaml: {section}\.sede: "):
        load(tmp_path, text)


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoxOfficeError, match=r"params\.yaml: deploy: "):
        load(tmp_path, TEXT + "deploy: {}\n")


def test_a_missing_key_is_named_with_its_section(tmp_path: Path) -> None:
    with pytest.raises(BoxOfficeError, match=r"params\.yaml: train\.coverage: Field required\."):
        load(tmp_path, TEXT.replace("  coverage:", "  # coverage:"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BoxOfficeError, match=r"absent\.yaml cannot be read: .+\."):
        params.load(tmp_path / "absent.yaml")


def test_everything_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    text = TEXT.replace("  coverage:", "  covrage:").replace(
        "  worst_films: 10", "  worst_films: no"
    )

    with pytest.raises(
        BoxOfficeError, match=r"train\.coverage: .+train\.covrage: .+report\.worst_f"
    ):
        load(tmp_path, text)


@pytest.mark.parametrize("text", ["", "train", "- 1\n- 2\n"])
def test_a_file_without_sections_is_told_which_it_needs(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        BoxOfficeError, match=r"params\.yaml needs the sections ingest, prepare, tra"
    ):
        load(tmp_path, text)


@pytest.mark.parametrize("content", [b"train: [", b"train:\n\tseed: 7", b"# \xe9", b"a: b: c"])
def test_a_file_that_is_not_yaml_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(content)

    with pytest.raises(BoxOfficeError, match=r"params\.yaml cannot be read: .+\.$") as error:
        params.load(path)

    assert 1 == len(str(error.value).splitlines())


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        params.load(ROOT / "params.yaml").train.seed = 8
