"""A seeded random search for better hyper-parameters, on all cores or on a Dask cluster."""

import argparse
import re
from typing import Any

import joblib
import pandas as pd
import yaml
from tqdm import tqdm

from service.errors import BoxOfficeError
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write_together
from training.common.paths import FILMS, REPORTS
from training.films.units import SCALE
from training.tuning.cluster import local_client, remote_client
from training.tuning.trial import (
    METRICS,
    SPACE,
    Values,
    candidates,
    changed,
    current,
    measure,
    tasks,
)

TRIALS = REPORTS / "search.csv"
_SHOWN = 5


def search(films: pd.DataFrame, settings: params.Train, count: int, seed: int) -> pd.DataFrame:
    """The trials of `count` drawn parameters and of the current ones, number 0, best first.

    The score is the mean of RMSLE and MAE of all horizons, each over that of the current
    parameters: under 1 is better. It runs on the cluster of the current Dask client.
    """
    drawn, films_of = candidates(settings, count, seed), tasks(films, settings)
    with joblib.parallel_config(backend="dask", scatter=[films_of]):
        parallel = joblib.Parallel(
            return_as="generator_unordered", batch_size=1, pre_dispatch="all"
        )
        results = parallel(
            joblib.delayed(measure)(number, films_of, changed(settings, values))
            for number, values in enumerate(drawn)
        )
        measured = list(tqdm(results, desc="search: trials", total=len(drawn)))
    trials = pd.DataFrame(measured).set_index("trial").sort_index()
    score = (trials / trials.loc[0]).mean(axis=1).round(6)
    table = pd.concat([score.rename("score"), trials, pd.DataFrame(drawn)], axis=1)
    return table.rename_axis("trial").sort_values("score", kind="stable")


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
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
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
    cluster = remote_client(arguments.scheduler) if arguments.scheduler else local_client()
    with cluster:
        trials = search(films, settings, arguments.trials, seed)
    print(shown(trials))
    best = trials.index[0]
    if best == 0:
        print("search: the current parameters are the best; nothing is written")
        return 0
    values: Values = {name: trials[name].tolist()[0] for name in SPACE}
    before = current(settings)
    print("\n".join(f"train.{name}: {before[name]} -> {values[name]}" for name in SPACE))
    if not arguments.dry_run:
        better = revised(params.PARAMS.read_bytes().decode(), values)
        write_together({TRIALS: trials.to_csv(lineterminator="\n"), params.PARAMS: better})
    return 0


if __name__ == "__main__":
    run("search", main)
