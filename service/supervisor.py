"""The process that starts the workers: it ends where none can start, and replaces one that hangs.

BentoML cannot be told to do so. Its arbiter, which is that of circus, gives place to ours.
"""

import logging
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bentoml._internal.utils import circus
from bentoml.exceptions import BentoMLException
from bentoml.serving import API_SERVER_NAME
from circus.exc import ConflictError

from service.errors import BoxOfficeError
from service.heartbeat import SECONDS, Heartbeat
from service.rpc.address import addresses, check_free, probe, rest_cannot_listen
from service.settings import HEARTBEAT, METRICS, PREFIX, Settings

_LONGEST_PAUSE = 30
_SOON = 0.1  # seconds
_log = logging.getLogger("bentoml.box_office")


def supervise(settings: Settings, model: str) -> None:
    """Let our supervisor start the workers, all of which serve this model."""
    circus.Arbiter = partial(Supervisor, settings, model)  # type: ignore[assignment, misc]


class Supervisor(circus.Arbiter):
    """BentoML's arbiter, with a folder for metrics and a heartbeat, and deaf to commands."""

    def __init__(self, settings: Settings, model: str, watchers: list[Any], **options: Any) -> None:
        self._settings = settings
        self._model = model
        self._folder = TemporaryDirectory(prefix="box-office-server-", ignore_cleanup_errors=True)
        self._heartbeat = Heartbeat()
        self._ready = False
        self._pause = self._failures = 0
        self._service = watchers[-1]  # what a service depends on comes before it
        self._service.respawn = True  # in a container, too
        self._service.graceful_timeout = settings.ending
        self._service.env |= {
            f"{PREFIX}MODEL": model,
            HEARTBEAT: str(self._heartbeat.fd),
            METRICS: self._folder.name,
        }
        if not options.get("plugins"):  # `bentoml serve --reload` has one, which sends commands
            options |= {"endpoint": "inproc://commands", "pubsub_endpoint": "inproc://events"}
        super().__init__(watchers, **options | {"check_delay": SECONDS})

    def initialize(self) -> None:
        """Take the port of REST, and look at that of gRPC, which the workers will take."""
        settings, rest = self._settings, self.sockets[API_SERVER_NAME]
        try:
            probe(rest.host, rest.port)
            super().initialize()
            if settings.grpc_port:
                check_free(settings.grpc_host, settings.grpc_port)
        except OSError as error:
            reason = str(error.strerror)
            sentence = rest_cannot_listen(rest.host, rest.port, reason)
            raise BentoMLException(str(sentence)) from None
        except BoxOfficeError as error:
            raise BentoMLException(str(error)) from None

    def stop(self) -> Any:
        """Stop, after what is going on: circus forgets a signal while it starts a worker."""
        if self._exclusive_running_command or self._restarting:
            if not self._stopping:
                self.loop.call_later(_SOON, self.stop)
            return None
        return super().stop()

    async def manage_watchers(self) -> None:
        """Look at the workers, once a second, and replace those that hang or have ended."""
        self._listen()
        failed = self._failed()
        if failed and not self._ready:
            self._give_up(failed[0])
            return
        if failed:
            self._failures += 1
            self._pause = min(2**self._failures, _LONGEST_PAUSE)
            _log.error("A worker could not start: the next try is in %d s.", self._pause)
        if self._pause:
            self._pause -= 1
        else:
            with suppress(ConflictError):  # `--reload` restarts them at this very moment
                await super().manage_watchers()

    def _listen(self) -> None:
        """Hear the workers, and kill those that have been silent for too long."""
        workers, silence = self._service.processes, self._heartbeat.listen(self._service.processes)
        if silence and not self._ready:
            self._ready = True
            _log.info("%s is ready: %s", self._model, self._addresses())
        if len(silence) == self._service.numprocesses:
            self._failures = 0
        for pid in silence:
            if silence[pid] == self._settings.patience:
                _log.error("Worker %d hangs, so that another takes its place.", pid)
                workers[pid].send_signal(signal.SIGKILL)

    def _failed(self) -> list[Any]:
        """The workers that have ended before they were ready, which are forgotten."""
        workers = self._service.processes
        failed = [
            worker
            for pid, worker in workers.items()
            if pid not in self._heartbeat.silence and not worker.is_alive()
        ]
        for worker in failed:
            del workers[worker.pid]
            for metrics in Path(self._folder.name).glob(f"*_{worker.pid}.db"):
                with suppress(OSError):
                    metrics.unlink()
        return failed

    def _give_up(self, worker: Any) -> None:
        code = worker.returncode()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        self._exception = BentoMLException(
            f"a worker ended with {how} before any was ready: the lines above say why."
        )
        self.stop()

    def _addresses(self) -> str:
        rest = self.sockets[API_SERVER_NAME]
        return addresses(rest.host, rest.port, self._settings)
