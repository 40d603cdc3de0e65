"""How long a forecast takes to explain, and how stable its factors are.

`python -m benchmarks.reasons [MODEL_FOLDER]` explains films of the table of comparable ones, by how
many of their fields are given, and again beside many of them in the place of the background: what
that changes in the factors is the error that so few bring.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from service.dataplane import Dataplane
from service.films.fields import FIELDS, reached
from service.films.schema import HORIZONS, Horizon
from service.model.background import Background
from service.model.comparables import Table
from service.model.reasons import Reasons
from service.settings import Settings
from service.validation import columns

Film = tuple[Any, ...]

_TIMED = 20  # films, for each number of fields
_AGAIN, _BESIDE = 10, 2000  # films that are explained again, beside so many


def full_films(table: Table, names: Sequence[str]) -> list[Film]:
    """The films of a table that have these fields, with no others, in a random order."""
    whole = [film for film in shuffled(table) if all(film[name] for name in names)]
    return [tuple(film[name] if name in names else None for name in FIELDS) for film in whole]


def shuffled(table: Table) -> list[dict[str, Any]]:
    """The films of a table by field, in a random order."""
    rows = list(zip(*(table.fields[name] for name in FIELDS), strict=True))
    order = np.random.default_rng(1).permutation(len(rows)).tolist()
    return [dict(zip(FIELDS, rows[row], strict=True)) for row in order]


def logs(dataplane: Dataplane, film: Film) -> dict[str, float]:
    """The natural logarithms of the base and of the factors of a film, by field."""
    answer = asyncio.run(dataplane.explain("benchmark", columns([film])))
    factors = {each["field"]: each["factor"] for each in answer["factors"]}
    return {name: float(np.log(factor)) for name, factor in factors.items()}


def milliseconds(dataplane: Dataplane, films: Sequence[Film]) -> tuple[float, float]:
    """Median and longest time of an explanation."""
    durations = []
    for film in films:
        start = time.perf_counter()
        logs(dataplane, film)
        durations.append((time.perf_counter() - start) * 1e3)
    return float(np.median(durations)), max(durations)


def errors(
    dataplane: Dataplane, horizon: Horizon, table: Table, films: Sequence[Film]
) -> list[float]:
    """By how much factors (in logs) are others beside many films in place of the background."""
    later = HORIZONS.index(horizon)
    others = [film for film in shuffled(table) if HORIZONS.index(reached(film)) >= later]
    fields = dataplane.predictor.manifest.horizons[horizon].fields
    by_field = {name: [film[name] for film in others[:_BESIDE]] for name in fields}
    many = Background(horizons={horizon: by_field})
    reasons = Reasons(dataplane.predictor, many)
    limits, tag = dataplane.limits, dataplane.tag
    beside_many = Dataplane(dataplane.predictor, reasons, dataplane.comparables, tag, limits)
    found = []
    for film in films[:_AGAIN]:
        few, more = logs(dataplane, film), logs(beside_many, film)
        found += [abs(few[name] - more[name]) for name in few]
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the figures of a model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("models/box_office"))
    folder = parser.parse_args(argv).folder
    dataplane, table = Dataplane.load(folder, "benchmark", Settings()), Table.read(folder)
    for horizon, part in dataplane.predictor.manifest.horizons.items():
        by_weight = sorted(part.fields, key=lambda name: -table.weights[horizon].get(name, 0))
        for count in range(2, len(by_weight) + 1):
            films = full_films(table, by_weight[:count])[:_TIMED]
            if films:
                median, most = milliseconds(dataplane, films)
                print(f"{horizon}: {count:2} fields  median {median:6.1f} ms  most {most:6.1f} ms")
        of_six = errors(dataplane, horizon, table, full_films(table, by_weight[:6]))
        print(
            f"{horizon}: factors are within {np.mean(of_six):.1%} of those beside {_BESIDE} films "
            f"on average, root mean square {np.sqrt(np.mean(np.square(of_six))):.1%}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
