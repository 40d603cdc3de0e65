"""A runtime for MLServer: the tensors of a request as a DataFrame, through the pipeline."""

from typing import Any

from mlserver import MLModel  # type: ignore[import-not-found]
from mlserver.codecs import NumpyCodec, PandasCodec  # type: ignore[import-not-found]
from mlserver.types import (  # type: ignore[import-not-found]
    InferenceRequest,
    InferenceResponse,
)

from benchmarks.alternatives.pipeline import Pipeline
from service.films.fields import FIELDS
from service.films.schema import TARGET


class BoxOffice(MLModel):  # type: ignore[misc]
    """Forecasts films with the estimator itself."""

    async def load(self) -> bool:
        """Load the estimator."""
        self._pipeline = Pipeline.from_env()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Columns of films in, columns of forecasts in USD out."""
        frame = PandasCodec.decode_request(payload).reindex(columns=list(FIELDS))
        forecast = self._pipeline.forecast(frame)
        outputs: dict[str, Any] = {
            TARGET: forecast.point,
            "low": forecast.low,
            "high": forecast.high,
        }
        return InferenceResponse(
            model_name=self.name,
            outputs=[NumpyCodec.encode_output(name, values) for name, values in outputs.items()],
        )
