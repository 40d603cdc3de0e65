"""A search for better hyper-parameters, on all cores or on a Dask cluster.

Every trial is kept as soon as it has ended: a search that is interrupted goes on from there.
"""

import argparse
import hashlib
import re
from typing import Any

import pandas as pd
import yaml
from dask.distributed import Client, as_completed
from tqdm import tqdm

from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.cluster import client_of
from training.common.files import read_table, write_together
from training.common.paths import FILMS, REPORTS
from training.films.units import SCALE
from training.tuning.study import Study
from training.tuning.trial import METRICS, SPACE, Values, changed, current, measure, tasks

TRIALS = REPORTS / "search.csv"
JOURNAL = REPORTS / "search.journal"
_SHOWN = 5


def search(
    study: Study, client: Client, films: pd.DataFrame, settings: params.Train, count: int
) -> pd.DataFrame:
    """The table of the study, once it has the current parameters and `count` others."""
    films_of = client.scatter(tasks(films, settings), broadcast=True, hash=False)
    with tqdm(desc="search: trials", total=max(count + 1, len(study)), initial=len(study)) as bar:
        for batch in study.batches(count):
            running = {
                client.submit(measure, films_of, changed(settings, values), pure=False): number
                for number, values in batch.items()
            }
            for future, measured in as_completed(running, with_results=True):
                study.keep(running[future], batch[running[future]], measured)
                bar.update()
    return study.table()


def shown(trials: pd.DataFrame) -> str:
    """The best trials and the current one as a text table, USD in millions."""
    measured = [name for name in map(str, trials) if name.endswith(METRICS)]
    numbers: list[int] = trials.index[:_SHOWN].tolist()
    numbers += [] if 0 in numbers else [0]
    table = trials.loc[numbers, ["score", *measured]]
    dollars = [name for name in measured if name.endswith("mae")]
    table[dollars] /= SCALE
    table.columns = [f"{n}, M" if n in dollars else n for n in table.columns]
    table.index = ["current" if number == 0 else str(number) for number in table.index]
    return (
        table.rename_axis("trial")
        .reset_index()
        .to_string(index=False, float_format=lambda value: f"{value:.4g}")
    )


def revised(text: str, values: Values) -> str:
    """params.yaml with other values below `train`; every other byte, and comments, stay."""
    places = []
    for name, value in values.items():
        node: Any = yaml.compose(text)
        for key in ("train", *name.split(".")):
            node = next(v for k, v in node.value if k.value == key)
        places.append((node.start_mark.index, node.end_mark.index, repr(value)))
    for start, end, new in sorted(places, reverse=True):
        old, tail = text[start:end], text[end:]
        if comment := re.match(r" +(?=#)", tail):
            gap = max(1, comment.end() + len(old) - len(new))
            tail = " " * gap + tail[comment.end() :]
        text = text[:start] + new + tail
    return text


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.search", description="Search for better hyper-parameters."
    )
    parser.add_argument("--trials", type=int, default=40, help="how many to draw (%(default)s)")
    parser.add_argument("--seed", type=int, help="what to draw (train.seed of params.yaml)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="of Dask (the cores of this machine)"
    )
    parser.add_argument("--dry-run", action="store_true", help="leave params.yaml as it is")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run the search: data/films.parquet in, reports/search.csv and better params.yaml out."""
    arguments = parse(argv)
    if arguments.trials < 1:
        raise BoxOfficeError(f"--trials is {arguments.trials}: give 1 or more.")
    if arguments.seed is not None and not 0 <= arguments.seed < 2**32:
        raise BoxOfficeError(f"--seed is {arguments.seed}: give a number from 0 to {2**32 - 1}.")
    settings = params.load().train
    films = read_table(FILMS)
    seed = settings.seed if arguments.seed is None else arguments.seed
    digest = hashlib.sha256(FILMS.read_bytes()).hexdigest()
    study = Study.opened(JOURNAL, digest, settings, seed)
    cluster = client_of(arguments.scheduler, "training.tuning.trial")
    try:
        with cluster as client:
            trials = search(study, client, films, settings, arguments.trials)
    except KeyboardInterrupt as interrupt:
        raise BoxOfficeError(
            f"interrupted; {JOURNAL} keeps the {len(study)} trials that have ended, and the same "
            "command goes on from there."
        ) from interrupt
    print(shown(trials))
    best = trials.index[0]
    if best == 0:
        print(
            "search: the current parameters are the best; nothing is written, and more --trials "
            "go on from here"
        )
        return 0
    values: Values = {name: trials[name].tolist()[0] for name in SPACE}
    before = current(settings)
    print("\n".join(f"train.{name}: {before[name]} -> {values[name]}" for name in SPACE))
    if not arguments.dry_run:
        better = revised(params.PARAMS.read_bytes().decode(), values)
        write_together({TRIALS: trials.to_csv(lineterminator="\n"), params.PARAMS: better})
        JOURNAL.unlink()  # of a search from parameters that are no longer the current ones
    return 0


if __name__ == "__main__":
    run("search", main)
