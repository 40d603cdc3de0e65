"""The heartbeat: by it the supervisor knows that a worker lives, and a worker that it does.

It goes through a pipe, which no full disk can stop, and which breaks when the supervisor is gone.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Collection
from struct import Struct

SECONDS = 1.0
_PID = Struct("i")
_log = logging.getLogger("bentoml.box_office")


class Heartbeat:
    """The supervisor's end: `silence` says for how many looks a worker has not beaten, by its id.

    A worker is in it once it is ready. Looks, unlike seconds, stand still when the machine does.
    """

    def __init__(self) -> None:
        self._heard, self.fd = os.pipe()
        for end in (self._heard, self.fd):
            os.set_blocking(end, False)
        os.set_inheritable(self.fd, True)
        self.silence: dict[int, int] = {}

    def listen(self, workers: Collection[int]) -> dict[int, int]:
        """The silence of these workers, after a look at what they have sent."""
        beats = self._read()
        self.silence = {
            pid: 0 if pid in beats else self.silence[pid] + 1
            for pid in workers
            if pid in beats or pid in self.silence
        }
        return self.silence

    def _read(self) -> set[int]:
        try:
            return {pid for (pid,) in _PID.iter_unpack(os.read(self._heard, 1 << 16))}
        except BlockingIOError:
            return set()


async def beat(fd: int, grace: float) -> None:
    """Beat from a worker that is ready, and end it within a grace once nobody listens."""
    while True:
        try:
            os.write(fd, _PID.pack(os.getpid()))
        except BlockingIOError:
            pass  # the supervisor stands still, and has much to read
        except BrokenPipeError:
            break
        await asyncio.sleep(SECONDS)
    _log.error("The process that started this worker is gone, so it ends too.")
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(grace)
    os._exit(1)
