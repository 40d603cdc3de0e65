"""How long a forecast takes in process: one film, and a batch, on one core.

`python -m benchmarks.predictor [MODEL_FOLDER]` prints the median and the best of many runs, from
columns of raw fields to forecast, low, high and warnings. The graph and all else take less alone
than together: each drives the other out of the caches of a core.
"""

import argparse
import math
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from service.films.schema import EXAMPLE
from service.model.encoding import Encoder
from service.model.manifest import Range
from service.model.predictor import Predictor


def microseconds(work: object, repeats: int) -> tuple[float, float]:
    """Median and best time of a call, in microseconds."""
    assert callable(work)
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        durations.append((time.perf_counter() - start) * 1e6)
    return statistics.median(durations), min(durations)


def film(predictor: Predictor) -> dict[str, Any]:
    """The example with all that the latest horizon of the model uses."""
    used = list(predictor.manifest.horizons.values())[-1].fields
    ranges = predictor.manifest.ranges
    return {n: EXAMPLE.get(n) or _middle(ranges[n]) for n in used if n in EXAMPLE or n in ranges}


def _middle(seen: Range) -> float:
    return math.sqrt(max(seen.low, 1) * seen.high)


def batch(film: dict[str, Any], count: int) -> dict[str, list[Any]]:
    """Columns of `count` films whose amounts are scattered around those of one."""
    random = np.random.default_rng(0)
    return {
        name: [value] * count
        if isinstance(value, str) or value < 10_000
        else (value * random.uniform(0.5, 1.5, count)).tolist()
        for name, value in film.items()
    }


def main(argv: list[str] | None = None) -> int:
    """Print the figures of a model folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("models/box_office"))
    predictor = Predictor.load(parser.parse_args(argv).folder)
    one = {name: [value] for name, value in film(predictor).items()}
    many = batch(film(predictor), 10_000)
    horizon = predictor.predict(one).horizon[0]
    encoder = Encoder(predictor.manifest.categories)
    raw = encoder.encode(one)
    features, logs = predictor.features[horizon], predictor.logs[horizon]
    matrix = features.matrix(raw)
    told = logs(matrix)
    without = Predictor(predictor.manifest, {horizon: lambda _: told})
    parts = {
        "one film": lambda: predictor.predict(one),
        "  encode": lambda: encoder.encode(one),
        "  features": lambda: features.matrix(raw),
        "  graph": lambda: logs(matrix),
        "  all but it": lambda: without.predict(one),
    }
    print(f"horizon {horizon}")
    for name, work in parts.items():
        median, best = microseconds(work, 3000)
        print(f"{name:12} median {median:8.1f} us   best {best:8.1f} us")
    median, best = microseconds(lambda: predictor.predict(many), 20)
    print(f"10,000 films median {1e10 / median:8,.0f} films/s   best {1e10 / best:8,.0f} films/s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
