"""The Predictor service: messages to films, and forecasts to messages."""

from collections.abc import AsyncIterator
from typing import Any

from service.dataplane import Dataplane
from service.limits import pieces
from service.rpc import box_office_pb2 as pb
from service.rpc import messages
from service.rpc.status import Context, request
from service.rpc.wire import parse
from service.validation import (
    columns,
    comparables_count,
    film_from_dict,
    films_from_dicts,
    outcomes_from_dicts,
)


class Predictor:
    """Forecasts over gRPC."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane
        self._one = dataplane.singles("grpc").answer

    async def Predict(self, _: Any, context: Context) -> pb.PredictResponse:  # noqa: N802
        """One film, one forecast."""
        async with request(self._dataplane, "grpc", context) as raw:
            message = parse(pb.PredictRequest, raw)
            film, asked = film_from_dict(messages.film(message)), messages.asked(message)
            return pb.PredictResponse(prediction=messages.prediction(await self._one(film, asked)))

    async def PredictBatch(self, _: Any, context: Context) -> pb.PredictBatchResponse:  # noqa: N802
        """Many films; either all are answered or none is."""
        async with request(self._dataplane, "grpc_batch", context) as raw:
            return await self._many("grpc_batch", raw)

    async def PredictStream(  # noqa: N802
        self, stream: AsyncIterator[bytes], context: Context
    ) -> AsyncIterator[pb.PredictBatchResponse]:
        """Lists of films, each answered as it comes."""
        async for raw in stream:
            async with request(self._dataplane, "grpc_stream", context, raw):
                answer = await self._many("grpc_stream", raw)
            yield answer

    async def Explain(self, _: Any, context: Context) -> pb.ExplainResponse:  # noqa: N802
        """Some films, and what each of their fields does; either all are answered or none is."""
        async with request(self._dataplane, "grpc_explain", context, long=True) as raw:
            most = self._dataplane.limits.explained
            films = messages.films(parse(pb.ExplainRequest, raw, most.max_batch))
            most.check_batch(len(films))
            columns = films_from_dicts(map(messages.fields, films), most)
            answers = await self._dataplane.explain_all("grpc_explain", columns)
            return pb.ExplainResponse(explanations=map(messages.explanation, answers))

    async def Comparables(  # noqa: N802
        self, _: Any, context: Context
    ) -> pb.ComparablesResponse:
        """One film, and films that are like it."""
        async with request(self._dataplane, "grpc_comparables", context, long=True) as raw:
            message = parse(pb.ComparablesRequest, raw)
            count = comparables_count(message.count if message.HasField("count") else None)
            film = columns([film_from_dict(messages.film(message))])
            return messages.comparables(self._dataplane.compare("grpc_comparables", film, count))

    async def Outcomes(self, _: Any, context: Context) -> pb.OutcomesResponse:  # noqa: N802
        """What became of some films; either all are in the journal or none is."""
        async with request(self._dataplane, "grpc_outcomes", context) as raw:
            self._dataplane.memory.register.check(_authorization(context))
            limits = self._dataplane.limits
            message = parse(pb.OutcomesRequest, raw, limits.max_batch)
            limits.check_batch(len(message.outcomes))
            told = outcomes_from_dicts(map(messages.fields, message.outcomes), limits)
            return pb.OutcomesResponse(**self._dataplane.learn("grpc_outcomes", told))

    async def _many(self, endpoint: str, raw: bytes) -> pb.PredictBatchResponse:
        limits = self._dataplane.limits
        message = parse(pb.PredictBatchRequest, raw, limits.max_batch)
        asked, films = messages.asked(message), messages.films(message)
        limits.check_batch(len(films))
        columns = films_from_dicts(map(messages.fields, films), limits)
        ids, forecast = await self._dataplane.forecast(endpoint, columns, asked)
        answers = self._dataplane.answers.predictions(ids, forecast, asked)
        response = pb.PredictBatchResponse()
        async for piece in pieces(len(answers)):
            messages.add(response, answers[piece])
        return response


def _authorization(context: Context) -> str:
    """What a client says in metadata of who it is."""
    metadata = dict(context.invocation_metadata() or ())
    return str(metadata.get("authorization", ""))
