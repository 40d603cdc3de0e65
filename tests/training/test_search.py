"""The search: what it tries, on which films, on which cluster, and what it writes."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dask.distributed import LocalCluster
from scipy.stats import loguniform, randint

from service.errors import BoxOfficeError
from service.films.schema import HORIZONS
from tests.support.project import ROOT
from training import search
from training.common import files, params
from training.tuning import cluster, trial

PARAMS_TEXT = (ROOT / "params.yaml").read_text()


@pytest.fixture(scope="module")
def tiny(settings: params.Train) -> params.Train:
    """So few trees that a fit is nearly nothing."""
    return settings.model_copy(
        update={
            "folds": 2,
            "min_films_per_horizon": 50,
            "trees": settings.trees.model_copy(update={"max_iter": 2}),
            "smooth": settings.smooth.model_copy(update={"n_components": 5}),
        }
    )


@pytest.fixture(autouse=True)
def tiny_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws as small as the settings."""
    monkeypatch.setitem(trial.SPACE, "trees.max_iter", randint(2, 30))
    monkeypatch.setitem(trial.SPACE, "smooth.n_components", randint(3, 12))
    monkeypatch.setitem(trial.SPACE, "smooth.C", loguniform(0.1, 1))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of a cluster that somebody else started, with two workers."""
    with cluster_of(workers=2) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def project(
    tmp_path: Path, films: pd.DataFrame, tiny: params.Train, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with films and a params.yaml of tiny settings, in which the search runs."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    films.to_parquet("data/films.parquet")
    Path("params.yaml").write_text(search.revised(PARAMS_TEXT, trial.current(tiny)))
    return tmp_path


def ranked(settings: params.Train, *scores: float) -> pd.DataFrame:
    """Trials with the given scores, the current one first, ranked as the search does."""
    rows = [
        {"score": score, "pre_release.rmsle": score, "pre_release.mae": score * 1e7, **values}
        for score, values in zip(
            scores, trial.candidates(settings, len(scores) - 1, 1), strict=True
        )
    ]
    return pd.DataFrame(rows).rename_axis("trial").sort_values("score", kind="stable")


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch, settings: params.Train) -> Any:
    """Lets the search find the given scores without a cluster."""

    def pretend(*scores: float) -> pd.DataFrame:
        trials = ranked(settings, *scores)
        monkeypatch.setattr(search, "search", lambda *_: trials)
        monkeypatch.setattr(search, "local_client", nullcontext)
        return trials

    return pretend


def cluster_of(workers: int) -> LocalCluster:
    """A cluster that the search only knows by its address."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_current_parameters_are_the_first_candidate(settings: params.Train) -> None:
    current, *others = trial.candidates(settings, 6, 1)

    assert settings == trial.changed(settings, current)
    assert 6 == len(others)
    assert all(set(trial.SPACE) == set(values) for values in others)


def test_candidates_follow_the_seed(settings: params.Train) -> None:
    assert trial.candidates(settings, 5, 1) == trial.candidates(settings, 9, 1)[:6]
    assert trial.candidates(settings, 5, 1) != trial.candidates(settings, 5, 2)


def test_candidates_have_three_digits_and_are_valid_settings(settings: params.Train) -> None:
    for values in trial.candidates(settings, 30, 3)[1:]:
        assert all(value == float(f"{value:.3g}") for value in values.values())
        assert values == trial.current(trial.changed(settings, values))


def test_a_trial_measures_every_horizon(films: pd.DataFrame, tiny: params.Train) -> None:
    measured = trial.measure(4, trial.tasks(films, tiny), tiny)

    expected = {f"{horizon}.{metric}" for horizon in HORIZONS for metric in trial.METRICS}
    assert expected | {"trial"} == set(measured)
    assert 4 == measured["trial"]


def test_a_horizon_that_the_films_do_not_have_is_left_out(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    unopened = films.assign(opening_gross=float("nan"))

    assert ["pre_release"] == list(trial.tasks(unopened, tiny))


def test_held_out_films_are_not_used(films: pd.DataFrame, tiny: params.Train) -> None:
    held_out = films["fold"] == 0
    absurd = films.assign(worldwide_gross=films["worldwide_gross"].mask(held_out, 1e15))

    assert held_out.any()
    assert trial.measure(0, trial.tasks(films, tiny), tiny) == trial.measure(
        0, trial.tasks(absurd, tiny), tiny
    )


def test_a_forecast_never_saw_the_title(films: pd.DataFrame, tiny: params.Train) -> None:
    task = trial.tasks(films, tiny)["pre_release"]
    titles = task.titles.copy()
    titles[1:9] = titles[0]
    gross = task.target.copy()
    gross[:9] *= 1e6

    before = replace(task, titles=titles).unseen(tiny, 1)
    after = replace(task, titles=titles, target=gross).unseen(tiny, 1)

    assert before[:9].tolist() == after[:9].tolist()
    assert (before != after).any()


def test_one_worker_and_two_find_the_same_ranking(
    films: pd.DataFrame, tiny: params.Train, address: str
) -> None:
    with cluster.local_client(workers=1) as client:
        assert "tcp://127.0.0.1" in client.scheduler.address
        alone = search.search(films, tiny, 3, 1)
    with cluster.remote_client(address):
        shared = search.search(films, tiny, 3, 1)

    pd.testing.assert_frame_equal(alone, shared, check_exact=True)
    assert {0, 1, 2, 3} == set(alone.index)
    assert 1 == alone.at[0, "score"]
    assert alone["score"].is_monotonic_increasing


def test_a_run_on_a_scheduler_writes_the_best_that_it_tried(
    project: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == search.main(["--trials", "2", "--scheduler", address])

    trials = pd.read_csv("reports/search.csv")
    best = trials.iloc[0]
    assert {0, 1, 2} == set(trials["trial"])
    assert best["score"] < 1
    written = trial.current(params.load(Path("params.yaml")).train)
    assert written == best[list(trial.SPACE)].to_dict()
    printed = capsys.readouterr()
    assert "current" in printed.out
    assert "search: trials: 100%" in printed.err
    assert not list(project.rglob("*.part"))


def test_a_better_trial_is_written(project: Path, settings: params.Train, finds: Any) -> None:
    trials = finds(1.0, 1.02, 0.97, 0.98)

    assert 0 == search.main(["--trials", "3"])

    written = trial.current(params.load(Path("params.yaml")).train)
    assert written == trial.candidates(settings, 3, 1)[2]
    assert trials.index.tolist() == pd.read_csv("reports/search.csv")["trial"].tolist()


@pytest.mark.parametrize("scores", [(1.0, 1.01, 1.2), (1.0, 1.0, 1.0)])
def test_what_is_not_better_is_not_written(
    project: Path, finds: Any, scores: tuple[float, ...]
) -> None:
    before = contents(project)
    finds(*scores)

    assert 0 == search.main(["--trials", "2"])

    assert before == contents(project)


def test_a_dry_run_writes_nothing(
    project: Path, finds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project)
    finds(1.0, 0.9)

    assert 0 == search.main(["--trials", "1", "--dry-run"])

    assert before == contents(project)
    assert "train.smooth.gamma: " in capsys.readouterr().out


def test_the_table_holds_the_best_five_and_the_current_one(settings: params.Train) -> None:
    table = search.shown(ranked(settings, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.95))

    shown = [line.split()[0] for line in table.splitlines()]
    assert ["trial", "5", "4", "3", "2", "1", "current"] == shown
    assert "pre_release.mae, M" in table


def test_a_revision_keeps_every_other_byte(settings: params.Train) -> None:
    values = trial.candidates(params.load(ROOT / "params.yaml").train, 1, 5)[1]
    revised = search.revised(PARAMS_TEXT, values)

    names = {name.split(".")[-1] for name in values}
    pairs = zip(PARAMS_TEXT.splitlines(), revised.splitlines(), strict=True)
    changed = [(old, new) for old, new in pairs if old != new]
    assert {old.split(":")[0].strip() for old, _ in changed} <= names
    for old, new in changed:
        assert old.partition("#")[1:] == new.partition("#")[1:]
        assert old.find("#") == new.find("#")


def test_a_revision_with_the_same_values_is_the_same_text() -> None:
    current = trial.current(params.load(ROOT / "params.yaml").train)

    assert PARAMS_TEXT == search.revised(PARAMS_TEXT, current)


def test_a_revision_understands_other_spellings_of_yaml() -> None:
    text = "# é\r\ntrain: {'trees_weight' : .5, trees: {max_iter: 7}} # why\r\nother: [ 1,2 ]\r\n"

    revised = search.revised(text, {"trees_weight": 0.25, "trees.max_iter": 130})

    assert text.replace(".5", "0.25").replace("7", "130") == revised


def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError("disk full")

    path = tmp_path / "search.csv"
    path.write_text("before")
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(OSError, match="disk full"):
        files.write(path, "after")

    assert {"search.csv": b"before"} == contents(tmp_path)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:port", "nowhere"])
def test_a_scheduler_that_does_not_answer_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 1)

    with pytest.raises(BoxOfficeError, match=f"No Dask scheduler answers at {address}"):
        search.main(["--scheduler", address])


def test_a_scheduler_without_workers_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    with (
        cluster_of(workers=0) as empty,
        pytest.raises(BoxOfficeError, match=f"{empty.scheduler_address} has no worker"),
    ):
        search.main(["--scheduler", empty.scheduler_address])


@pytest.mark.parametrize("count", ["0", "-3"])
def test_fewer_trials_than_one_are_refused(project: Path, count: str) -> None:
    with pytest.raises(BoxOfficeError, match=f"--trials is {count}"):
        search.main(["--trials", count])


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_that_cannot_be_is_refused(project: Path, seed: str) -> None:
    with pytest.raises(BoxOfficeError, match=f"--seed is {seed}: give a number from 0 to "):
        search.main(["--seed", seed])


def test_missing_films_are_named_with_the_command_that_makes_them(project: Path) -> None:
    Path("data/films.parquet").unlink()

    with pytest.raises(
        BoxOfficeError, match=r"films\.parquet is missing or damaged: run `dvc repro`"
    ):
        search.main([])
