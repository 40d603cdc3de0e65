"""Calls over gRPC, with grpcio."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import grpc

from box_office_client import errors
from box_office_client.calls import Call
from box_office_client.errors import BoxOfficeError, InvalidFilm, Overloaded, TooLarge, Unavailable
from box_office_client.retries import Tries
from box_office_client.rpc import messages
from box_office_client.rpc.box_office_pb2_grpc import PredictorStub

_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2000),
]
_REFUSALS = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidRequest,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthorized,
    grpc.StatusCode.PERMISSION_DENIED: errors.Closed,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.TooSlow,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
}
# One code has two meanings: what does not pass says what to do about it.
_TOO_LARGE = re.compile(r"send (several|its fields alone)\.$|larger than max")


class Rpc:
    """The transport of a Client."""

    def __init__(self, target: str, secure: bool, headers: Mapping[str, str]) -> None:
        self._channel = _open(grpc, target, secure)
        self._stub: Any = PredictorStub(self._channel)
        self._headers = headers

    def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""
        ask, request, metadata = _prepared(self._stub, call, self._headers)
        try:
            answer = ask(request, timeout=tries.left(), metadata=metadata)
        except grpc.RpcError as error:
            raise _refusal(call, error, tries) from None
        return messages.answer(call, answer)

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()


class AsyncRpc:
    """The transport of an AsyncClient; it connects in the loop that asks first."""

    def __init__(self, target: str, secure: bool, headers: Mapping[str, str]) -> None:
        self._target, self._secure, self._headers = target, secure, headers
        self._channel: grpc.aio.Channel | None = None
        self._stub: Any = None

    async def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""
        if self._channel is None:
            self._channel = _open(grpc.aio, self._target, self._secure)
            self._stub = PredictorStub(self._channel)
        ask, request, metadata = _prepared(self._stub, call, self._headers)
        try:
            answer = await ask(request, timeout=tries.left(), metadata=metadata)
        except grpc.RpcError as error:
            raise _refusal(call, error, tries) from None
        return messages.answer(call, answer)

    async def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            await self._channel.close()


def _open(library: Any, target: str, secure: bool) -> Any:
    if secure:
        credentials = grpc.ssl_channel_credentials()
        return library.secure_channel(target, credentials, options=_OPTIONS)
    return library.insecure_channel(target, options=_OPTIONS)


def _prepared(
    stub: Any, call: Call[Any], headers: Mapping[str, str]
) -> tuple[Callable[..., Any], Any, list[tuple[str, str]]]:
    if not call.method:
        raise errors.InvalidRequest(f"GET /v1/{call.path} is of REST alone: give a URL of that.")
    sent = {name.lower(): value for name, value in headers.items()}
    if call.token:
        sent["authorization"] = f"Bearer {call.token}"
    return getattr(stub, call.method), messages.request(call), [*sent.items()]


def _refusal(call: Call[Any], error: Any, tries: Tries) -> BoxOfficeError:
    """The error of a call; its code and its sentence are all that there is."""
    code, sentence = error.code(), error.details() or error.code().name
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return (TooLarge if _TOO_LARGE.search(sentence) else Overloaded)(sentence)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and "arrive" not in sentence:
        return tries.over()
    if code is grpc.StatusCode.INVALID_ARGUMENT and (details := messages.details(call, sentence)):
        return InvalidFilm(details, errors.problems_in(sentence))
    kind: type[BoxOfficeError] = _REFUSALS.get(code, BoxOfficeError)
    return kind(sentence)
