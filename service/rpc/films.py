"""The Predictor service: messages to films, and forecasts to messages."""

from collections.abc import AsyncIterator
from typing import Any

from service.dataplane import Dataplane
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc.status import Context, request
from service.validation import film_from_dict, films_from_dicts

_HORIZONS = {
    "pre_release": pb.HORIZON_PRE_RELEASE,
    "post_opening": pb.HORIZON_POST_OPENING,
}


class Predictor(pb_grpc.PredictorServicer):
    """Forecasts over gRPC, from the dataplane that every endpoint shares."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane
        self._singles = dataplane.singles("grpc")

    async def Predict(self, message: pb.PredictRequest, context: Context) -> pb.PredictResponse:  # noqa: N802
        """One film, one forecast."""
        async with request(self._dataplane, "grpc", context):
            answer = await self._singles.answer(film_from_dict(_film(message.movie)))
            return pb.PredictResponse(prediction=_prediction(answer))

    async def PredictBatch(  # noqa: N802
        self, message: pb.PredictBatchRequest, context: Context
    ) -> pb.PredictBatchResponse:
        """Many films, all of them or none."""
        async with request(self._dataplane, "grpc_batch", context):
            return self._answer("grpc_batch", message)

    async def PredictStream(  # noqa: N802
        self, messages: AsyncIterator[pb.PredictBatchRequest], context: Context
    ) -> AsyncIterator[pb.PredictBatchResponse]:
        """Lists of films, each answered as it comes."""
        async for message in messages:
            async with request(self._dataplane, "grpc_stream", context):
                answer = self._answer("grpc_stream", message)
            yield answer

    def _answer(self, endpoint: str, message: pb.PredictBatchRequest) -> pb.PredictBatchResponse:
        self._dataplane.limits.check_batch(len(message.movies))
        forecast = self._dataplane.forecast(endpoint, films_from_dicts(map(_film, message.movies)))
        return pb.PredictBatchResponse(
            predictions=map(_prediction, self._dataplane.answers(forecast))
        )


def _film(movie: pb.Movie) -> dict[str, Any]:
    return {field.name: value for field, value in movie.ListFields()}


def _prediction(answer: dict[str, Any]) -> pb.Prediction:
    return pb.Prediction(
        worldwide_gross=answer["worldwide_gross"],
        interval=pb.Interval(**answer["interval"]),
        horizon=_HORIZONS[answer["horizon"]],
        warnings=answer["warnings"],
        model=answer["model"],
    )
