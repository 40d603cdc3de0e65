"""A transport that sends an answer as one packet: each costs the system more than its bytes do."""

import asyncio
from typing import Any

_INFORMATION, _ANSWER = b"HTTP/1.1 1", b"HTTP/1.1 "
_SMALL = 64 * 1024  # bytes that are copied rather than sent apart


class Whole:
    """Keeps the head of an answer for the first part of its body; all else is as uvloop has it.

    ASGI lets a server do so; uvicorn sends the head at once, as a packet of its own.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport, self._head = transport, b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        """All else that a transport has."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send some bytes, or keep them if they are a head."""
        if self._head:
            if len(data) <= _SMALL:
                data = self._head + data
                self._head = b""
            self.flush()
        elif data.startswith(_ANSWER) and not data.startswith(_INFORMATION):
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head that no body follows."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Send what is kept, and close."""
        self.flush()
        self._transport.close()
