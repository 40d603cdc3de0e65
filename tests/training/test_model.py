"""What the model with the project's own parameters promises on real films."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.films.schema import Horizon
from service.model.predictor import Predictor
from tests.support.project import ROOT, SHARED, needs_shared_data
from training import ingest, prepare
from training.common import params
from training.estimator import fitting, folder
from training.estimator.films import FilmRegressor, columns
from training.estimator.onnx_graph import check_parity
from training.evaluation import crossval
from training.films.join import join

SETTINGS = params.load(ROOT / "params.yaml")
BOTH_SETS = [
    pytest.param(ROOT / "data/open", id="open"),
    pytest.param(SHARED, id="shared", marks=needs_shared_data),
]
HORIZONS = [
    pytest.param(ROOT / "data/open", "pre_release", id="open-pre_release"),
    pytest.param(SHARED, "pre_release", id="shared-pre_release", marks=needs_shared_data),
    pytest.param(SHARED, "post_opening", id="shared-post_opening", marks=needs_shared_data),
]


@dataclass
class Trained:
    films: pd.DataFrame
    estimator: FilmRegressor

    def answers(self, horizon: Horizon) -> pd.DataFrame:
        """Forecasts of the held-out films, by the model and by both baselines."""
        held_out = self.films[self.films["fold"] == fitting.TEST_FOLD]
        learned = fitting.learnable(self.films)
        return crossval.compare(self.estimator.predictor(), learned, held_out, horizon)


_trained: dict[Path, Trained] = {}


def trained(source: Path) -> Trained:
    """The model of a real data set, fitted once."""
    if source not in _trained:
        tables, _ = ingest.ingest(SETTINGS.ingest.model_copy(update={"source": [str(source)]}))
        joined, _ = join(tables)
        films = prepare.split(joined, SETTINGS.prepare)
        _trained[source] = Trained(films, fitting.fit(fitting.learnable(films), SETTINGS.train))
    return _trained[source]


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_the_model_beats_both_baselines(source: Path, horizon: Horizon) -> None:
    scores = crossval.scores(trained(source).answers(horizon))

    for rival in ("median_film", "plain_boosting"):
        assert scores["model"]["mae"] < scores[rival]["mae"]
        assert scores["model"]["rmsle"] < scores[rival]["rmsle"]
    assert 0 == scores["model"]["negative_forecasts"]


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
def test_the_interval_keeps_its_promise(source: Path, horizon: Horizon) -> None:
    scores = crossval.scores(trained(source).answers(horizon))

    assert scores["model"]["coverage"] == pytest.approx(0.9, abs=0.035)


@pytest.mark.parametrize("source", BOTH_SETS)
def test_the_graphs_answer_every_film_as_the_estimator_does(source: Path, tmp_path: Path) -> None:
    model = trained(source)
    folder.save(model.estimator, tmp_path, "")

    assert check_parity(model.estimator, tmp_path, model.films) < 1e-5


@pytest.mark.parametrize(("source", "horizon"), HORIZONS)
@pytest.mark.parametrize("field", ["opening_gross", "screens", "production_budget"])
@pytest.mark.parametrize("factor", [1.05, 1.25, 2, 4])
def test_more_never_lowers_a_forecast_visibly(
    source: Path, horizon: Horizon, field: str, factor: float
) -> None:
    model = trained(source)
    predictor: Predictor = model.estimator.predictor()
    films = crossval.at_horizon(model.films, horizon)
    before = predictor.predict(columns(films))
    after = predictor.predict(columns(films.assign(**{field: films[field] * factor})))

    for name in ("point", "low", "high"):
        change = getattr(after, name) / np.maximum(getattr(before, name), 1) - 1
        assert change.min() > -0.06, f"{name} falls by {-change.min():.1%}"
        assert np.mean(change < -0.01) < 0.01
