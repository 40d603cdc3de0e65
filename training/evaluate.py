"""Metrics beside two baselines on the same films: held out, cross-validated, and in time.

The cross-validated forecast of every film is kept, for the report and whoever wants to look.
"""

import json

from service.model.predictor import Predictor
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write_together
from training.common.paths import ANSWERS, FILMS, METRICS, MODEL
from training.estimator.fitting import held_out, learnable
from training.evaluation.calibration import interval_report
from training.evaluation.crossval import (
    backtest,
    compare,
    cross_validate,
    scores,
    spread,
    together,
)


def main(argv: list[str] | None = None) -> int:
    """Run the stage: films and model folder in, metrics.json and answers.parquet out."""
    settings, films = params.load().train, read_table(FILMS)
    served = Predictor.load(MODEL)
    test = held_out(films)
    tested = {h: compare(served, learnable(films), test, h) for h in served.manifest.horizons}
    crossed = cross_validate(films, settings, served.manifest.horizons)
    report = {
        "test": {h: scores(answers) for h, answers in tested.items()},
        "cross_validation": {h: scores(answers) for h, answers in crossed.items()},
        "spread": {h: spread(answers) for h, answers in crossed.items()},
        "interval": {h: interval_report(a, settings.coverage) for h, a in crossed.items()},
        "backtest": backtest(films, settings, served.manifest.horizons),
    }
    table = together(crossed).to_parquet(index=False)
    write_together({ANSWERS: table, METRICS: json.dumps(report, indent=2) + "\n"})
    return 0


if __name__ == "__main__":
    run("evaluate", main)
