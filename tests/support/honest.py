"""Callers with manners: one film over REST and over gRPC, each over a connection of its own."""

from collections import Counter

import grpc

from tests.support.http1 import ask, request
from tests.support.server import Server
from tests.support.wire import message

PREDICTOR = "/boxoffice.v1.Predictor"
INFERENCE = "/inference.GRPCInferenceService"
FILM = b'{"production_budget": 20000000}'
MOVIE = message((1, message((3, 2e7))))
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


def over_rest(server: Server) -> str:
    """What one film is answered over REST."""
    [answer] = ask(server.port, request("/v1/prediction", FILM), seconds=10)
    return f"REST {answer.status}"


def over_grpc(server: Server) -> str:
    """What one film is answered over gRPC."""
    with grpc.insecure_channel(server.grpc, OPTIONS) as channel:
        return f"gRPC {code(channel, f'{PREDICTOR}/Predict', MOVIE)[0]}"


def code(channel: grpc.Channel, path: str, data: bytes, seconds: float = 20) -> tuple[str, str]:
    """How a call with these bytes ends: its code and its details."""
    try:
        channel.unary_unary(path)(data, timeout=seconds)
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", ""


def answered(server: Server, times: int = 10) -> Counter[str]:
    """What honest callers are answered, one after the other."""
    return Counter(ask(server) for ask in (over_rest, over_grpc) * times)


def all_answered(times: int = 10) -> Counter[str]:
    """What honest callers should be answered."""
    return Counter({"REST 200": times, "gRPC OK": times})
