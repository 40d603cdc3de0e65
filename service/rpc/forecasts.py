"""The Predictor service: messages to films, and forecasts to messages."""

from collections.abc import AsyncIterator

from service.dataplane import Dataplane
from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc import messages
from service.rpc.status import Context, request
from service.validation import film_from_dict, films_from_dicts


class Predictor(pb_grpc.PredictorServicer):
    """Forecasts over gRPC."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane
        self._singles = dataplane.singles("grpc")

    async def Predict(self, message: pb.PredictRequest, context: Context) -> pb.PredictResponse:  # noqa: N802
        """One film, one forecast."""
        async with request(self._dataplane, "grpc", context):
            answer = await self._singles.answer(film_from_dict(messages.film(message)))
            return pb.PredictResponse(prediction=messages.prediction(answer))

    async def PredictBatch(  # noqa: N802
        self, message: pb.PredictBatchRequest, context: Context
    ) -> pb.PredictBatchResponse:
        """Many films; either all are answered or none is."""
        async with request(self._dataplane, "grpc_batch", context):
            return self._answer("grpc_batch", message)

    async def PredictStream(  # noqa: N802
        self, stream: AsyncIterator[pb.PredictBatchRequest], context: Context
    ) -> AsyncIterator[pb.PredictBatchResponse]:
        """Lists of films, each answered as it comes."""
        async for message in stream:
            async with request(self._dataplane, "grpc_stream", context):
                answer = self._answer("grpc_stream", message)
            yield answer

    def _answer(self, endpoint: str, message: pb.PredictBatchRequest) -> pb.PredictBatchResponse:
        limits, films = self._dataplane.limits, messages.films(message)
        limits.check_batch(len(films))
        columns = films_from_dicts(map(messages.fields, films), limits)
        answers = self._dataplane.answers(self._dataplane.forecast(endpoint, columns))
        return pb.PredictBatchResponse(predictions=map(messages.prediction, answers))
