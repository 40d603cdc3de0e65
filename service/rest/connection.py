"""One HTTP connection: how long, how large and how many, before there is a request to answer.

uvicorn limits the time between two requests and nothing else; nginx has these limits by the names
client_header_timeout, large_client_header_buffers, send_timeout and worker_connections.
"""

import asyncio
import logging
import time
from http import HTTPStatus
from itertools import chain
from typing import Any, ClassVar, Literal, cast

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.rest import v1, v2
from service.rest.endpoint import ARRIVED
from service.rest.idle import Idle
from service.rest.transport import Whole

_log = logging.getLogger("bentoml.box_office")
_HEADERS = 200
_FRAMING = 64 * 1024  # bytes of headers, and of whatever else is not a body
_PER_BYTE = 9  # what a body may have beside it: a chunk of one byte takes six
_LINGER = 32 * 1024 * 1024  # bytes of a body that are read after its answer, so that it arrives
_TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large or too many."
_LOG_EVERY = 60.0  # seconds


class Connection(HttpToolsProtocol):
    """uvicorn's connection with limits.

    A request arrives within `timeout` seconds, and so does each part of an answer; of more than
    `most` connections, the one that has waited longest for a request is closed.
    """

    _idle: ClassVar = Idle()
    _logged = -_LOG_EVERY

    def __init__(self, timeout: float, most: int, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._timeout = timeout
        self._most = most
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stage: Literal["none", "headers", "body"] = "none"
        self._framing = 0
        self._lingered = 0
        self.ws_protocol_class = None
        self._fault = HTTPStatus.BAD_REQUEST, "This is not a valid HTTP request."

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give a new connection some time for its first request."""
        self._whole = Whole(transport)
        super().connection_made(cast(asyncio.Transport, self._whole))
        self._idle.new(self)
        self._start("arrival", self._late)
        if len(self.connections) > self._most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._idle.remove(self)
        for name in [*self._timers]:
            self._stop(name)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, and see that it comes to an end."""
        self._framing += len(data)
        super().data_received(data)
        if self._framing > _FRAMING:
            self._refuse(*_TOO_LARGE)
        elif self._stage != "none" or self._answered():
            self._start("arrival", self._late)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._stage = "headers"

    def on_headers_complete(self) -> None:
        """Let the application begin, unless the headers are too large."""
        # To add them up takes longer than all else here, and this much has rarely arrived.
        long = self._framing > _FRAMING and sum(map(len, chain(*self.headers))) > _FRAMING
        if long or len(self.url) > _FRAMING or len(self.headers) > _HEADERS:
            self._fault = _TOO_LARGE
            raise ValueError
        self._stage = "body"
        self._framing = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, or throw it away if there is an answer already."""
        self._framing = max(0, self._framing - _PER_BYTE * len(body))
        if self.cycle.response_complete:
            self._lingered += len(body)
            if self._lingered > _LINGER:
                self.transport.abort()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A whole request is there."""
        self.scope[ARRIVED] = True  # type: ignore[literal-required]
        self._stage = "none"
        self._framing = self._lingered = 0
        if self._timers:
            self._stop("arrival")
        if not self._answered():
            self._idle.remove(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, or read the rest of this one, so that its answer arrives.

        This takes the place of uvicorn's, for what Idle says.
        """
        self._whole.flush()
        if self._stage == "body":
            self._start("arrival", self._late)
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle.answered(self)

    def pause_writing(self) -> None:
        """Give the client some time to read."""
        super().pause_writing()
        self._start("reading", self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        self._stop("reading")
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser does not understand."""
        self._refuse(*self._fault)

    def _unset_keepalive_if_required(self) -> None:
        self._idle.heard(self)

    def _late(self) -> None:
        self._stop("arrival")
        if self._answered():
            words = f"The request did not arrive within {self._timeout:g} s."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, words)
        else:
            self._start("arrival", self._late)  # whoever reads the body has the same patience

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        if self.transport.is_closing():
            return
        if self._may_answer():
            shape = v2 if self.url and self.url.startswith(b"/v2") else v1
            body = to_json(shape.error_body(sentence))
            length = f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            media_type = b"content-type: application/json\r\n"
            self.transport.write(STATUS_LINE[status] + media_type + length + body)
        self.transport.close()

    def _make_room(self) -> None:
        if time.monotonic() > Connection._logged + _LOG_EVERY:
            Connection._logged = time.monotonic()
            _log.warning("%d connections are open: the idlest are closed", self._most)
        idlest = self._idle.longest()
        self._idle.remove(idlest)
        idlest.transport.abort()

    def _may_answer(self) -> bool:
        """Has what is arriving no answer yet, and has everything before it one?"""
        if self._stage == "body":
            return not self.cycle.response_started and not self.pipeline
        return self._stage == "headers" and self._answered()

    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start(self, name: str, end: Any) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(self._timeout, end)

    def _stop(self, name: str) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
