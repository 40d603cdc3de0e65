"""What each field does for the forecast: shuffled among held-out films, and left out in training.

The second is the costly part; `explain.ablation_folds` in params.yaml says on how many folds.
"""

import json

from training.common import params
from training.common.cli import run
from training.common.files import read_table, write
from training.common.paths import ANSWERS, FIELD_EFFECTS, FILMS
from training.estimator.fitting import fit, for_a_part, held_out, learnable
from training.explanation.ablation import ablation
from training.explanation.importance import importance


def main(argv: list[str] | None = None) -> int:
    """Run the stage: films and answers in, reports/fields.json out."""
    settings, train = params.load().explain, params.load().train
    films, answers = read_table(FILMS), read_table(ANSWERS)
    test = held_out(films)
    tested = fit(learnable(films), for_a_part(train)).predictor()
    used = {h: tested.manifest.horizons[h].fields for h in answers["horizon"].unique()}
    folds = sorted(films["fold"].unique())[: settings.ablation_folds]
    effects = {
        "importance": {
            h: importance(tested, test, h, settings.repeats, settings.seed) for h in used
        },
        "ablation": ablation(films, answers, used, train, folds),
    }
    write(FIELD_EFFECTS, json.dumps(effects, indent=2, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    run("explain", main)
