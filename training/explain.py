"""What each field does for the forecast: shuffled in the deployed model, and left out of a new one.

The second is the costly part; `explain.ablation_folds` in params.yaml says on how many folds.
"""

import json

from service.model.predictor import Predictor
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write
from training.common.paths import ANSWERS, FIELD_EFFECTS, FILMS, MODEL
from training.estimator.fitting import held_out
from training.explanation.ablation import ablation
from training.explanation.importance import importance


def main(argv: list[str] | None = None) -> int:
    """Run the stage: films, model folder and answers in, reports/fields.json out."""
    settings, train = params.load().explain, params.load().train
    films, answers = read_table(FILMS), read_table(ANSWERS)
    served = Predictor.load(MODEL)
    test = held_out(films)
    used = {horizon: part.fields for horizon, part in served.manifest.horizons.items()}
    folds = sorted(films["fold"].unique())[: settings.ablation_folds]
    effects = {
        "importance": {
            h: importance(served, test, h, settings.repeats, settings.seed) for h in used
        },
        "ablation": ablation(films, answers, used, train, folds),
    }
    write(FIELD_EFFECTS, json.dumps(effects, indent=2, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    run("explain", main)
