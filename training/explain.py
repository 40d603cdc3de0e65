"""What each field does for the forecast: shuffled among held-out films, and left out in training.

The second is the costly part; `explain` in params.yaml says on how many folds and films.
"""

import json

from service.model.manifest import Manifest
from training.common import params
from training.common.cli import run
from training.common.files import read_table, write
from training.common.paths import FIELD_EFFECTS, FILMS, MODEL
from training.common.sample import sample
from training.estimator.fitting import fit, for_a_part, held_out, learnable
from training.explanation.ablation import ablation
from training.explanation.importance import importance


def main(argv: list[str] | None = None) -> int:
    """Run the stage: films and model folder in, reports/fields.json out."""
    settings, train = params.load().explain, params.load().train
    films, served = read_table(FILMS), Manifest.read(MODEL)
    test = held_out(films)
    tested = fit(learnable(films), for_a_part(train)).predictor()
    used = {h: tested.manifest.horizons[h].fields for h in served.horizons}
    folds = sorted(films["fold"].unique())[: settings.ablation_folds]
    effects = {
        "importance": {
            h: importance(tested, test, h, settings.repeats, settings.seed) for h in used
        },
        "ablation": ablation(
            sample(films, settings.ablation_films, settings.seed), used, train, folds
        ),
    }
    write(FIELD_EFFECTS, json.dumps(effects, indent=2, allow_nan=False) + "\n")
    return 0


if __name__ == "__main__":
    run("explain", main)
