"""The search: what it tries, on which films, on which cluster, what it keeps and what it writes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dask.distributed import LocalCluster
from optuna.distributions import FloatDistribution, IntDistribution

from service.errors import BoxOfficeError
from service.films.schema import HORIZONS
from tests.support.project import ROOT
from training import search
from training.common import cluster, files, params
from training.tuning import trial
from training.tuning.study import BATCH, Study
from training.tuning.trial import Values

PARAMS_TEXT = (ROOT / "params.yaml").read_text()
DIGEST = "0" * 64


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
    monkeypatch.setitem(trial.SPACE, "trees.max_iter", IntDistribution(2, 29))
    monkeypatch.setitem(trial.SPACE, "smooth.n_components", IntDistribution(3, 11))
    monkeypatch.setitem(trial.SPACE, "smooth.C", FloatDistribution(0.1, 1, log=True))


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


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where a study is to be kept."""
    return tmp_path / "search.journal"


def drawn(journal: Path, settings: params.Train, count: int, seed: int = 1) -> dict[int, Values]:
    """What a study tries, where the number of trees alone decides how good a trial is."""
    study, tried = Study.opened(journal, DIGEST, settings, seed), {}
    for batch in study.batches(count):
        for number, values in batch.items():
            study.keep(number, values, pretended(values))
        tried |= batch
    return tried


def pretended(values: Values) -> dict[str, float]:
    return {"pre_release.rmsle": 1 + values["trees.max_iter"] / 100, "pre_release.mae": 1e7}


def ranked(journal: Path, settings: params.Train, *scores: float) -> pd.DataFrame:
    """Trials with the given scores, the current one first, ranked as the search does."""
    study = Study.opened(journal, DIGEST, settings, 1)
    for batch in study.batches(len(scores) - 1):
        for number, values in batch.items():
            measured = {
                "pre_release.rmsle": scores[number],
                "pre_release.mae": scores[number] * 1e7,
            }
            study.keep(number, values, measured)
    return study.table()


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch, tiny: params.Train, tmp_path_factory: Any) -> Any:
    """Lets the search find the given scores without a cluster."""

    def pretend(*scores: float) -> pd.DataFrame:
        trials = ranked(tmp_path_factory.mktemp("study") / "journal", tiny, *scores)
        monkeypatch.setattr(search, "search", lambda *_: trials)
        monkeypatch.setattr(search, "client_of", lambda *_: nullcontext())
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


def without_journal(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if name != str(search.JOURNAL)}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_current_parameters_are_trial_0(journal: Path, settings: params.Train) -> None:
    tried = drawn(journal, settings, 6)

    assert settings == trial.changed(settings, tried.pop(0))
    assert {1, 2, 3, 4, 5, 6} == set(tried)
    assert all(set(trial.SPACE) == set(values) for values in tried.values())


def test_what_is_drawn_follows_the_seed(tmp_path: Path, settings: params.Train) -> None:
    few, more, other = (
        drawn(tmp_path / f"{count} {seed}", settings, count, seed)
        for count, seed in ((5, 1), (9, 1), (5, 2))
    )

    assert few == {number: more[number] for number in few}
    assert few != other


def test_what_is_drawn_has_three_digits_and_is_a_valid_setting(
    journal: Path, settings: params.Train
) -> None:
    tried = drawn(journal, settings, 30)
    tried.pop(0)

    for values in tried.values():
        assert all(value == float(f"{value:.3g}") for value in values.values())
        assert values == trial.current(trial.changed(settings, values))


def test_what_is_drawn_learns_from_what_has_been_measured(
    journal: Path, settings: params.Train
) -> None:
    tried = drawn(journal, settings, 5 * BATCH)
    trees = [values["trees.max_iter"] for values in tried.values()]

    assert sum(trees[-BATCH:]) < sum(trees[1 : BATCH + 1]) / 2


@pytest.mark.parametrize("ended", [[0], [2, 1], [*range(25), 27]])
def test_an_interrupted_study_ends_with_the_trials_of_one_that_was_not(
    tmp_path: Path, settings: params.Train, ended: list[int]
) -> None:
    whole, journal = drawn(tmp_path / "whole", settings, 30), tmp_path / "interrupted"
    for number in ended:
        study = Study.opened(journal, DIGEST, settings, 1)
        study.keep(number, whole[number], pretended(whole[number]))

    rest = drawn(journal, settings, 30)

    assert set(whole) - set(ended) == set(rest)
    assert rest == {number: whole[number] for number in rest}
    pd.testing.assert_frame_equal(
        Study.opened(tmp_path / "whole", DIGEST, settings, 1).table(),
        Study.opened(journal, DIGEST, settings, 1).table(),
        check_exact=True,
    )


def test_current_parameters_outside_of_what_is_drawn_are_a_trial_too(
    journal: Path, settings: params.Train
) -> None:
    trees = settings.trees.model_copy(update={"l2_regularization": 0.0, "max_iter": 500})
    settings = settings.model_copy(update={"trees": trees})

    drawn(journal, settings, 2 * BATCH)

    table = Study.opened(journal, DIGEST, settings, 1).table()
    assert (0.0, 500) == tuple(table.loc[0, ["trees.l2_regularization", "trees.max_iter"]])
    assert 2 * BATCH + 1 == len(table)


def test_the_study_of_another_search_is_refused(
    journal: Path, settings: params.Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = drawn(journal, settings, 2)
    other = settings.model_copy(update={"coverage": 0.8})

    def refused(what: str) -> Any:
        said = f"{journal} is that of a search with other {what}: restore them to go on"
        return pytest.raises(BoxOfficeError, match=said)

    with refused("films"):
        Study.opened(journal, "1" * 64, settings, 1)
    with refused("values below train in params.yaml"):
        Study.opened(journal, DIGEST, other, 1)
    with refused("seed"):
        Study.opened(journal, DIGEST, settings, 2)
    with monkeypatch.context() as patch, refused("ranges to draw from"):
        patch.setitem(trial.SPACE, "smooth.C", FloatDistribution(0.1, 2))
        Study.opened(journal, DIGEST, settings, 1)
    assert len(before) == len(Study.opened(journal, DIGEST, settings, 1))


@pytest.mark.parametrize("content", ["no journal\n", "{}\n", "[]\n"])
def test_a_damaged_journal_is_named(journal: Path, settings: params.Train, content: str) -> None:
    journal.write_text(content * 2)

    with pytest.raises(BoxOfficeError, match=f"{journal} is damaged: remove it to begin anew"):
        Study.opened(journal, DIGEST, settings, 1)


def test_a_lock_that_a_killed_search_has_left_does_not_stop_the_next(
    settings: params.Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    killed = Study.opened(search.JOURNAL, DIGEST, settings, 1)
    killed._kept._storage._backend._lock.acquire()

    assert 0 == len(Study.opened(search.JOURNAL, DIGEST, settings, 1))


def test_a_search_that_is_ended_goes_on_without_losing_or_repeating_a_trial(
    project: Path, films: pd.DataFrame, address: str
) -> None:
    films.head(100).to_parquet(project / "data" / "films.parquet")

    ended_by(signal.SIGKILL, 1, project, "--scheduler", address)
    once = (project / search.JOURNAL).read_bytes()
    said = ended_by(signal.SIGINT, 2, project)
    twice = (project / search.JOURNAL).read_bytes()
    counted = len(numbers(project))
    done = ran(project, "--scheduler", address)
    out, err = done.communicate(timeout=120)

    assert said.endswith(
        f"search: interrupted; {search.JOURNAL} keeps the {counted} trials that have ended, and "
        "the same command goes on from there.\n"
    )
    assert (0, True) == (done.returncode, "current" in out)
    assert f" {counted}/16 [00:00<" in err
    assert twice.startswith(once)
    assert (project / search.JOURNAL).read_bytes().startswith(twice)
    assert list(range(16)) == sorted(numbers(project))


def ended_by(number: signal.Signals, trials: int, folder: Path, *words: str) -> str:
    """What a search says that gets a signal once so many more trials have ended."""
    process, before = ran(folder, *words), len(numbers(folder))
    while len(numbers(folder)) < before + trials:
        assert process.poll() is None
        time.sleep(0.01)
    if number is signal.SIGKILL:
        process.kill()
    else:
        os.killpg(process.pid, number)
    return process.communicate(timeout=120)[1]


def ran(folder: Path, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "training.search", "--trials", "15", "--dry-run", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background of a shell has them inherit that it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def numbers(folder: Path) -> list[int]:
    """The numbers of the trials that a journal keeps, in its order."""
    journal = folder / search.JOURNAL
    lines = journal.read_text().splitlines() if journal.exists() else []
    attributes = [json.loads(line).get("user_attrs", {}) for line in lines]
    return [kept["number"] for kept in attributes if "number" in kept]


def test_a_trial_measures_every_horizon(films: pd.DataFrame, tiny: params.Train) -> None:
    measured = trial.measure(trial.tasks(films, tiny), tiny)

    assert {f"{h}.{metric}" for h in HORIZONS for metric in trial.METRICS} == set(measured)


def test_a_horizon_that_the_films_do_not_have_is_left_out(
    films: pd.DataFrame, tiny: params.Train
) -> None:
    unopened = films.assign(opening_gross=float("nan"))

    assert ["pre_release"] == list(trial.tasks(unopened, tiny))


def test_held_out_films_are_not_used(films: pd.DataFrame, tiny: params.Train) -> None:
    held_out = films["fold"] == 0
    absurd = films.assign(worldwide_gross=films["worldwide_gross"].mask(held_out, 1e15))

    assert held_out.any()
    assert trial.measure(trial.tasks(films, tiny), tiny) == trial.measure(
        trial.tasks(absurd, tiny), tiny
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
    films: pd.DataFrame, tiny: params.Train, address: str, tmp_path: Path
) -> None:
    one, two = (Study.opened(tmp_path / name, DIGEST, tiny, 1) for name in ("one", "two"))
    with cluster.local_client(workers=1) as client:
        assert "tcp://127.0.0.1" in client.scheduler.address
        alone = search.search(one, client, films, tiny, 3)
    with cluster.remote_client(address, "training.tuning.trial") as client:
        shared = search.search(two, client, films, tiny, 3)

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
    assert not (project / search.JOURNAL).exists()


def test_a_better_trial_is_written(project: Path, tiny: params.Train, finds: Any) -> None:
    trials = finds(1.0, 1.02, 0.97, 0.98)

    assert 0 == search.main(["--trials", "3"])

    written = trial.current(params.load(Path("params.yaml")).train)
    assert written == drawn(project / "journal", tiny, 3)[2]
    assert trials.index.tolist() == pd.read_csv("reports/search.csv")["trial"].tolist()


@pytest.mark.parametrize("scores", [(1.0, 1.01, 1.2), (1.0, 1.0, 1.0)])
def test_what_is_not_better_is_not_written(
    project: Path, finds: Any, scores: tuple[float, ...]
) -> None:
    before = contents(project)
    finds(*scores)

    assert 0 == search.main(["--trials", "2"])

    assert before == without_journal(project)


def test_a_dry_run_keeps_the_trials_and_writes_nothing_else(
    project: Path, finds: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(project)
    finds(1.0, 0.9)

    assert 0 == search.main(["--trials", "1", "--dry-run"])

    assert before == without_journal(project)
    assert (project / search.JOURNAL).exists()
    assert "train.smooth.gamma: " in capsys.readouterr().out


def test_the_table_holds_the_best_five_and_the_current_one(
    journal: Path, settings: params.Train
) -> None:
    table = search.shown(ranked(journal, settings, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.95))

    shown = [line.split()[0] for line in table.splitlines()]
    assert ["trial", "5", "4", "3", "2", "1", "current"] == shown
    assert "pre_release.mae, M" in table


def test_a_revision_keeps_every_other_byte(journal: Path) -> None:
    values = drawn(journal, params.load(ROOT / "params.yaml").train, 1)[1]
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
