"""Small servers that refuse before they answer, or never answer, over REST and over gRPC."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from threading import Event, Thread
from typing import Any

import grpc

from service.rpc import box_office_pb2 as pb

ANSWER = (
    b'{"worldwide_gross":1.0,"expected_gross":2.0,"interval":{"low":0.5,"high":3.0,"coverage":0.9},'
    b'"horizon":"pre_release","used":[],"warnings":[],"model":"m","id":"i"}'
)
_MESSAGE = pb.PredictResponse(
    prediction=pb.Prediction(
        worldwide_gross=1,
        expected_gross=2,
        interval=pb.Interval(low=0.5, high=3, coverage=0.9),
        horizon=pb.HORIZON_PRE_RELEASE,
        model="m",
        id="i",
    )
)
NEVER, TRICKLE = "never", "trickle"
Way = Any  # how a try ends: None is an answer


@dataclass
class Refusing:
    """Where a server is, and how often it was tried."""

    url: str = ""
    tried: int = 0
    over: Event = field(default_factory=Event)


@contextmanager
def over_rest(*ways: Way, then: Way = None) -> Iterator[Refusing]:
    """Each try ends as a way says: None, a status, (status, Retry-After), NEVER or TRICKLE."""
    server, end = Refusing(), _in_turn(ways, then)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            server.tried += 1
            _answer(self, end(), server.over)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_port}"
    thread = Thread(target=listener.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


@contextmanager
def over_grpc(*ways: Way, then: Way = None) -> Iterator[Refusing]:
    """Each try ends as a way says: None, a code with a sentence, or NEVER."""
    server, end = Refusing(), _in_turn(ways, then)

    def predict(_: Any, context: grpc.ServicerContext) -> pb.PredictResponse:
        server.tried += 1
        way = end()
        if way is NEVER:
            server.over.wait()
        elif way:
            context.abort(*way)
        return _MESSAGE

    handler = grpc.unary_unary_rpc_method_handler(
        predict, response_serializer=pb.PredictResponse.SerializeToString
    )
    handlers = grpc.method_handlers_generic_handler("boxoffice.v1.Predictor", {"Predict": handler})
    listener = grpc.server(ThreadPoolExecutor(4))
    listener.add_generic_rpc_handlers((handlers,))
    server.url = f"grpc://127.0.0.1:{listener.add_insecure_port('127.0.0.1:0')}"
    listener.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.stop(None).wait()


def _in_turn(ways: tuple[Way, ...], then: Way) -> Callable[[], Way]:
    turns = iter([*ways])
    rest = repeat(then)
    return lambda: next(turns, next(rest))


def _answer(handler: BaseHTTPRequestHandler, way: Way, over: Event) -> None:
    if way is NEVER:
        over.wait()
        return
    status, after = way if isinstance(way, tuple) else (way, None)
    body = b'{"error":"not now","details":[]}' if isinstance(status, int) else ANSWER
    handler.send_response(status if isinstance(status, int) else 200)
    if after is not None:
        handler.send_header("retry-after", after)
    handler.send_header("content-length", str(1_000_000 if way is TRICKLE else len(body)))
    handler.end_headers()
    while way is TRICKLE and not over.is_set():
        try:
            handler.wfile.write(b" ")
        except OSError:  # the client has had enough
            return
        time.sleep(0.02)
    handler.wfile.write(body)
