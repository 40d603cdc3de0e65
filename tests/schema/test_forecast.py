"""What every model promises, whatever it forecasts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.films.features import FEATURES
from service.films.fields import FIELDS, MAXIMA
from service.films.schema import EXAMPLE, HORIZONS
from service.model.manifest import Manifest
from service.model.predictor import Predictor
from training.estimator.films import FilmRegressor, columns
from training.estimator.onnx_graph import TOLERANCE, check_parity

INCREASING = sorted({f.sources[0] for f in FEATURES if f.increasing})


@pytest.fixture(scope="module")
def predictor(served: Path) -> Predictor:
    return Predictor.load(served)


def test_the_graphs_forecast_what_the_estimator_does(
    regressor: FilmRegressor, served: Path, rows: pd.DataFrame
) -> None:
    assert check_parity(regressor, served, rows) <= TOLERANCE


def test_the_forecast_lies_in_its_interval(predictor: Predictor, rows: pd.DataFrame) -> None:
    forecast = predictor.predict(columns(rows))

    assert np.isfinite([forecast.low, forecast.point, forecast.high]).all()
    assert (forecast.low <= forecast.point).all()
    assert (forecast.point <= forecast.high).all()


def test_rows_together_are_forecast_as_each_alone(predictor: Predictor, rows: pd.DataFrame) -> None:
    some = columns(rows[:20])
    together = predictor.predict(some)

    alone = [predictor.predict({n: [v[i]] for n, v in some.items()}) for i in range(20)]

    assert together.point.tolist() == [one.point[0] for one in alone]
    assert together.horizon == [one.horizon[0] for one in alone]


def test_the_example_is_forecast_at_the_first_horizon(predictor: Predictor) -> None:
    assert [HORIZONS[0]] == predictor.predict({n: [v] for n, v in EXAMPLE.items()}).horizon


def test_a_row_of_which_nothing_is_known_is_forecast_with_a_warning(predictor: Predictor) -> None:
    forecast = predictor.predict({name: [None] for name in FIELDS})

    assert forecast.point[0] > 0
    assert "this is little more than the forecast of a typical" in forecast.warnings[0][0]


@pytest.mark.parametrize("field", INCREASING)
def test_a_value_outside_the_training_range_is_answered_with_a_warning(
    predictor: Predictor, served: Path, field: str
) -> None:
    seen = Manifest.read(served).ranges[field]
    value = min(seen.high * 1000, MAXIMA[field])

    (warnings,) = predictor.predict({field: [value]}).warnings

    assert any(field in warning and "outside the range" in warning for warning in warnings)
