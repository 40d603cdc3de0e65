"""The report on a pull request: what is better, what has drifted, what was changed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from service.errors import BoxOfficeError
from tests.support.project import ROOT
from training import review
from training.common import params
from training.estimator.folder import version
from training.gate.verdict import Verdict
from training.reporting import data_diff
from training.reporting.metric_diff import Change, parameters
from training.watching import replayed as replays


@pytest.mark.parametrize(
    ("metric", "before", "now", "words"),
    [
        ("mae", 50e6, 40e6, "▼ 10.0 better"),
        ("mae", 40e6, 50e6, "▲ 10.0 worse"),
        ("r2", 0.4, 0.5, "▲ 0.100 better"),
        ("rmsle", 1.5, 1.6, "▲ 0.100 worse"),
        ("coverage", 0.95, 0.91, "▼ 4.0 % better"),
        ("coverage", 0.89, 0.85, "▼ 4.0 % worse"),
        ("mae", 40e6, 40e6, "="),
        ("mae", None, 40e6, "new"),
        ("mae", 40e6, None, "gone"),
    ],
)
def test_a_change_says_which_way_it_went_and_whether_that_is_better(
    metric: str, before: float | None, now: float | None, words: str
) -> None:
    assert words == Change(metric, before, now, None, 0.9).words()


def test_a_change_smaller_than_the_folds_differ_is_called_so() -> None:
    assert Change("mae", 50e6, 49e6, 3e6, 0.9).words().endswith("within the spread")
    assert not Change("mae", 50e6, 40e6, 3e6, 0.9).words().endswith("within the spread")


def test_parameters_that_differ_are_named_by_their_path() -> None:
    before = {"train": {"seed": 7, "trees": {"max_iter": 60}}, "gone": 1}
    now = {"train": {"seed": 7, "trees": {"max_iter": 80}}, "added": 2}

    assert [
        ["`train.trees.max_iter`", "60", "80"],
        ["`gone`", "1", ""],
        ["`added`", "", "2"],
    ] == parameters(before, now)


def films(**columns: list[object]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    usual = {"movie_title": [f"Film {i}" for i in range(count)], "worldwide_gross": [1.0] * count}
    return pd.DataFrame(usual | columns)


def test_titles_that_came_went_or_changed_are_counted() -> None:
    before = films(movie_title=["A", "B", "C"], duration=[90.0, np.nan, 100.0])
    now = films(movie_title=["B", "C", "D"], duration=[np.nan, 101.0, 80.0])

    assert data_diff.Titles(before=3, now=3, added=1, removed=1, changed=1) == data_diff.titles(
        before, now
    )


@pytest.mark.parametrize(
    ("before", "now", "distance", "drifted"),
    [
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], 0.0, False),
        ([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], 1.0, True),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, np.nan, np.nan], 0.5, True),
    ],
)
def test_the_distance_of_numbers_is_that_of_their_distributions(
    before: list[object], now: list[object], distance: float, drifted: bool
) -> None:
    (found, _) = data_diff.fields(films(duration=before), films(duration=now))

    assert ("duration", distance, drifted) == (found.field, found.distance, found.drifted)


def test_the_distance_of_labels_is_half_of_what_their_shares_differ_by() -> None:
    (found, _) = data_diff.fields(
        films(genre=["A", "A", "B", "B"]), films(genre=["A", "C", "C", "C"])
    )

    assert 0.75 == found.distance


def test_a_field_that_one_table_never_knows_has_drifted() -> None:
    (found, _) = data_diff.fields(films(duration=[1.0, 2.0]), films(duration=[np.nan, np.nan]))

    assert found.distance is None
    assert found.drifted


MODEL = {"mae": 50e6, "r2": 0.4, "rmsle": 1.5, "coverage": 0.9}
BASELINE = {"mae": 76e6, "r2": -0.1, "rmsle": 2.3}


def tree(root: Path, mae: float = 50e6, genres: str = "AAB", **train: Any) -> Path:
    """What review reads of a branch: films, metrics and parameters."""
    for name in ("data", "reports"):
        (root / name).mkdir(parents=True)
    films(genre=list(genres)).to_parquet(root / "data" / "films.parquet")
    scores = {"pre_release": {"model": MODEL | {"mae": mae}, "median_film": BASELINE}}
    spread = {"pre_release": {"model": {"mae": 1e6}}}
    metrics = {"cross_validation": scores, "test": scores, "spread": spread}
    (root / "reports" / "metrics.json").write_text(json.dumps(metrics))
    settings = {"train": {"coverage": 0.9} | train}
    (root / "params.yaml").write_text(yaml.safe_dump(settings))
    return root


def decide(outcome: str, *reasons: str) -> None:
    """Let the gate have said this."""
    rules = params.load(ROOT / "params.yaml").promote
    given = {"verdict": outcome, "candidate": "box_office:new", "champion": "box_office:old"}
    verdict = Verdict.model_validate(
        given | {"reasons": list(reasons), "notes": [], "rules": rules}
    )
    Path("reports/verdict.json").write_text(verdict.model_dump_json())


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tree of a pull request that changes a parameter, films and forecasts."""
    head = tree(tmp_path / "head", mae=40e6, genres="BBB", seed=8)
    monkeypatch.chdir(head)
    return head


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return tree(tmp_path / "base", seed=7)


def page(base: Path, *link: str) -> str:
    review.main(["--base", str(base), *link])
    return Path("reports/review.md").read_text()


def test_the_page_sets_the_pull_request_beside_its_base(head: Path, base: Path) -> None:
    decide("promoted")
    found = page(base, "--link", "this run", "https://films.invalid/runs/1")

    assert "**The gate lets this model replace the one of main.**" in found
    assert "| MAE, M$ | 50.0 | 40.0 ± 1.00 | ▼ 10.0 better |" in found
    assert "x-axis [main, this, median_film]" in found
    assert "bar [50.0, 40.0, 76.0]" in found
    assert "| `train.seed` | 7 | 8 |" in found
    assert "Drift: `genre`." in found
    assert found.endswith("[this run](https://films.invalid/runs/1)\n")


def test_what_is_printed_is_the_page(
    head: Path, base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert page(base) == capsys.readouterr().out


def test_a_rejection_is_told_with_its_reasons(head: Path, base: Path) -> None:
    decide("rejected", "pre_release, all films: MAE +9.0%")
    found = page(base)

    assert "**The gate rejects this model: main keeps its own.**" in found
    assert "pre_release, all films: MAE +9.0%" in found


def test_a_page_without_a_verdict_says_where_to_look(head: Path, base: Path) -> None:
    found = page(base)

    assert "**The gate could give no verdict.**" in found
    assert "in the log of this run" in found


def test_a_damaged_verdict_is_named_with_the_way_out(head: Path, base: Path) -> None:
    Path("reports/verdict.json").write_text("{")

    with pytest.raises(
        BoxOfficeError, match=r"verdict\.json is damaged: run `python -m training\.pro"
    ):
        page(base)


def replayed(candidate: str) -> None:
    """Let a replay have stopped this model."""
    rules = params.load(ROOT / "params.yaml").replay
    found = replays.Replayed(champion="box_office:old", candidate=candidate, films=300)
    said = replays.Verdict.model_validate(
        {"verdict": "too few", "reasons": [], "found": found.model_dump(), "rules": rules}
    )
    Path("reports/replay.json").write_text(said.model_dump_json())


def test_a_page_without_a_replay_says_where_there_will_be_one(head: Path, base: Path) -> None:
    assert "No journal was replayed here; where there is one, `deploy.yml` does so." in page(base)


def test_what_was_asked_about_is_told_of_the_model_that_is_here_alone(
    head: Path, base: Path
) -> None:
    Path("models/box_office").mkdir(parents=True)
    Path("models/box_office/card.json").write_text("{}")
    replayed(f"box_office:{version(Path('models/box_office'))}")
    found = page(base)

    assert "through `box_office:old` and `box_office:" in found.partition("asked about\n")[2]
    replayed("box_office:another")
    assert "No journal was replayed here" in page(base)


def test_a_damaged_replay_is_named_with_the_way_out(head: Path, base: Path) -> None:
    Path("reports/replay.json").write_text("{")

    with pytest.raises(BoxOfficeError, match=r"replay\.json is damaged: run `make replay` again"):
        page(base)


def test_a_pull_request_that_changes_nothing_says_so(base: Path, head: Path) -> None:
    found = page(head)

    assert "The 3 films are those of main." in found
    assert "`params.yaml` is that of main." in found
    assert "| MAE, M$ | 40.0 | 40.0 ± 1.00 | = |" in found


def test_a_horizon_that_one_side_has_alone_is_new_or_gone(head: Path, base: Path) -> None:
    metrics = json.loads((base / "reports" / "metrics.json").read_text())
    metrics["cross_validation"] = {"post_opening": {"model": MODEL}}
    (base / "reports" / "metrics.json").write_text(json.dumps(metrics))
    found = page(base)

    assert "| MAE, M$ |  | 40.0 ± 1.00 | new |" in found.partition("### `post_opening`")[0]
    assert "| MAE, M$ | 50.0 |  | gone |" in found.partition("### `post_opening`")[2]


def test_what_films_say_is_not_taken_for_markdown(tmp_path: Path, head: Path) -> None:
    base = tree(tmp_path / "base", genres="BBB")
    films(genre=["<b>@all</b>"] * 3).to_parquet("data/films.parquet")

    assert "\\<b\\>\\@all\\</b\\>" in page(base)


@pytest.mark.parametrize(
    ("side", "way_out"), [("base", "run `make train` there first"), ("head", "run `dvc repro`")]
)
@pytest.mark.parametrize("file", ["reports/metrics.json", "params.yaml", "data/films.parquet"])
def test_a_tree_that_is_not_complete_is_named_with_the_way_out(
    head: Path, base: Path, side: str, way_out: str, file: str
) -> None:
    ({"base": base, "head": head}[side] / file).unlink()

    with pytest.raises(BoxOfficeError, match=f"{file} is missing: {way_out}"):
        page(base)
    assert not Path("reports/review.md").exists()


@pytest.mark.parametrize("file", ["reports/metrics.json", "params.yaml", "data/films.parquet"])
def test_a_damaged_tree_is_named(head: Path, base: Path, file: str) -> None:
    (base / file).write_text("{")

    with pytest.raises(BoxOfficeError, match=f"A file in {base} cannot be read"):
        page(base)
