"""A model that can be judged: what it has answered about films unseen, and what it answers now."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import bentoml
import pandas as pd
from bentoml.exceptions import NotFound

from service.errors import BoxOfficeError, ModelUnavailable
from service.films.schema import OPENED_BY, TITLE
from service.model.encoding import Features
from service.model.predictor import Predictor
from service.settings import SERVING
from training.common.paths import ANSWERS, MODEL
from training.estimator.folder import version
from training.evaluation.answers import read
from training.evaluation.crossval import at_horizon, forecasts
from training.films.groups import ABOUT
from training.films.join import title_key


class UnknownContender(BoxOfficeError):
    """There is no model of that name."""


@dataclass(frozen=True)
class Contender:
    """A model with the out-of-fold answers of its recipe; it is loaded where it is asked itself."""

    name: str
    version: str
    serving: Path
    answers: pd.DataFrame

    @cached_property
    def predictor(self) -> Predictor:
        """Its serving form; raises ModelUnavailable where it cannot be run."""
        return ready(self.name, self.serving)

    def unseen(self, films: pd.DataFrame) -> pd.DataFrame:
        """Its out-of-fold answers, and its own forecasts of films whose titles are `new` to it.

        No other film may be asked about: the model has learned what it earned.
        """
        seen = title_key(films[TITLE]).isin(title_key(self.answers[TITLE]))
        parts = [self.answers.assign(new=False)]
        for horizon in self.answers["horizon"].unique():
            rows = at_horizon(films[~seen], horizon)
            if not rows.empty:
                table = rows[[TITLE, *ABOUT]].join(forecasts(self.predictor, rows))
                parts.append(table.assign(horizon=horizon, new=True))
        return pd.concat(parts, ignore_index=True)


def load(name: str) -> Contender:
    """The model of a project's folder or of a tag in the model store, with its answers.

    Raises UnknownContender where there is none of the name, ModelUnavailable where it is damaged
    or has no answers.
    """
    folder = Path(name)
    if folder.is_dir():
        digest = version(folder)
        project = folder.resolve().parents[len(MODEL.parts) - 1]
        answers = read(project / ANSWERS, digest)
        return Contender(f"{name} ({digest})", digest, folder, answers)
    try:
        stored = bentoml.models.get(name)
    except (NotFound, ValueError) as error:
        raise UnknownContender(
            f"{name!r} is neither a folder nor a model in the BentoML model store."
        ) from error
    except Exception as error:  # BentoML has no word of its own for a model.yaml that is damaged
        raise ModelUnavailable(
            f"{name!r} is damaged in the BentoML model store: register it again."
        ) from error
    tag, digest = str(stored.tag), str(stored.tag.version)
    answers = read(Path(stored.path_of(ANSWERS.name)), digest)
    return Contender(tag, digest, Path(stored.path_of(SERVING)), answers)


def ready(name: str, folder: Path) -> Predictor:
    """The predictor of a folder; raises ModelUnavailable where this code cannot run it."""
    predictor = Predictor.load(folder)
    manifest = predictor.manifest
    for horizon, part in manifest.horizons.items():
        if part.features != Features(part.fields, manifest.categories).names:
            raise ModelUnavailable(
                f"{name} was trained on other {horizon} features than this code makes: "
                "run `dvc repro`."
            )
    try:
        predictor.predict({field: [0, 1] for field in OPENED_BY.values()})
    except Exception as error:
        raise ModelUnavailable(f"{name} is damaged: its graphs do not fit its manifest.") from error
    return predictor
