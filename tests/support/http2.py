"""HTTP/2 as frames: gRPC calls that are cut short, and what else no library sends."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    ResponseReceived,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
_GOAWAY = 7
_GONE = (ConnectionResetError, BrokenPipeError)


class Calls:
    """A connection with gRPC calls; `statuses` holds how each has ended, by its stream."""

    def __init__(self, port: int, *, reads: bool = True) -> None:
        self._reads = reads  # otherwise the server may send no more than a window
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.statuses: dict[int, int | str] = {}
        self.ended = False
        self._acknowledged = False
        self._rest = b""
        self._h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def start(self, path: str, data: bytes = b"", *, end: bool = False, **headers: str) -> int:
        """Begin a call with as much of its messages as is given; gives its stream."""
        stream = self._h2.get_next_available_stream_id()
        pseudo = {":method": "POST", ":scheme": "http", ":authority": "localhost", ":path": path}
        usual = {"content-type": "application/grpc", "te": "trailers"}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        self._h2.send_headers(stream, [*(pseudo | usual | given).items()])
        self._flush()
        if data or end:
            self.send(stream, data, end=end)
        return stream

    def send(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Send more of a call, as fast as the server takes it and until it has ended the call."""
        while stream not in self.statuses and not self.ended:
            room = self._h2.local_flow_control_window(stream)
            part = data[: min(room, self._h2.max_outbound_frame_size)]
            data = data[len(part) :]
            if part or not data:
                self._h2.send_data(stream, part, end_stream=end and not data)
                self._flush()
            if not data:
                return
            if not room:
                self.read_until(lambda: self._h2.local_flow_control_window(stream) > 0)

    def reset(self, stream: int) -> None:
        """Give up a call."""
        self._h2.reset_stream(stream)
        self._flush()

    def arrive(self) -> None:
        """Return when the server has read all that was sent: it has answered a ping after that."""
        self._acknowledged = False
        self._h2.ping(b"arrived?")
        self._flush()
        self.read_until(lambda: self._acknowledged)

    def read_until(self, enough: Callable[[], bool], seconds: float = 20) -> None:
        """Read until enough has come, or until the server has ended the connection."""
        deadline = time.monotonic() + seconds
        while not enough() and not self.ended:
            assert time.monotonic() < deadline, f"only {self.statuses} after {seconds} s"
            self.socket.settimeout(0.1)
            with suppress(TimeoutError):
                self._read()

    def _read(self) -> None:
        try:
            data = self.socket.recv(1 << 18)
            events = self._h2.receive_data(b"".join(self._frames(data)))
        except (*_GONE, ProtocolError):
            data, events = b"", []
        self.ended = not data
        for event in events:
            self._note(event)
        self._flush()

    def _frames(self, data: bytes) -> Iterator[bytes]:
        """The whole frames that have come, without GOAWAY, at which h2 takes a call for ended."""
        self._rest += data
        while len(self._rest) >= 9:
            end = 9 + int.from_bytes(self._rest[:3], "big")
            if len(self._rest) < end:
                return
            frame, self._rest = self._rest[:end], self._rest[end:]
            if frame[3] != _GOAWAY:
                yield frame

    def _note(self, event: Event) -> None:
        if isinstance(event, DataReceived) and self._reads:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, PingAckReceived):
            self._acknowledged = True
        elif isinstance(event, StreamReset):
            self.statuses.setdefault(event.stream_id, "reset")
        elif isinstance(event, (ResponseReceived, TrailersReceived)):
            status = dict(event.headers or ()).get("grpc-status")
            if status is not None:
                self.statuses[event.stream_id] = int(status)

    def _flush(self) -> None:
        self.socket.settimeout(20)
        try:
            self.socket.sendall(self._h2.data_to_send())
        except _GONE:
            self.ended = True
