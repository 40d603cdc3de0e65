"""Metrics beside two baselines on the same films: held out, cross-validated, and in time.

The model itself has learned from all films, so others of the same recipe are measured, each on
films that it had not learned from. What they answered about every film is kept with the model.
"""

import json
from typing import Any

from service.model.manifest import Manifest
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write_together
from training.common.paths import ANSWERS, FILMS, HEADLINE, METRICS, MODEL
from training.estimator.fitting import held_out
from training.estimator.folder import version
from training.evaluation.answers import together
from training.evaluation.calibration import interval_report
from training.evaluation.crossval import backtest, cross_validate, scores, spread
from training.evaluation.distribution import distribution_report
from training.evaluation.headline import headline


def main(argv: list[str] | None = None) -> int:
    """Run the stage: films and model folder in, metrics, their headline and the answers out."""
    settings, films = params.load().train, read_table(FILMS)
    held_out(films)  # before the long part, which would be in vain without them
    horizons = Manifest.read(MODEL).horizons
    crossed = cross_validate(films, settings, horizons)
    report: dict[str, Any] = {
        "test": {h: scores(held_out(answers)) for h, answers in crossed.items()},
        "cross_validation": {h: scores(answers) for h, answers in crossed.items()},
        "spread": {h: spread(answers) for h, answers in crossed.items()},
        "interval": {h: interval_report(a, settings.coverage) for h, a in crossed.items()},
        "distribution": {h: distribution_report(answers) for h, answers in crossed.items()},
        "backtest": backtest(films, settings, horizons),
    }
    table = together(crossed, version(MODEL)).to_parquet(index=False)
    numbers = {METRICS: report, HEADLINE: headline(report)}
    texts = {path: json.dumps(found, indent=2) + "\n" for path, found in numbers.items()}
    write_together({ANSWERS: table, **texts})
    return 0


if __name__ == "__main__":
    run("evaluate", main)
