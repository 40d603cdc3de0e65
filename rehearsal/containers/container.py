"""A container under Cloud Run's rules: one port, no other network, and only /tmp is writable."""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from service.errors import BoxOfficeError


class Place(NamedTuple):
    """Where a container runs, as a container engine has prepared it."""

    words: tuple[str, ...]  # a command that runs it in the foreground and has its exit code
    host: str  # its address, which only this machine can reach
    terminate: Callable[[int], None]  # sends it SIGTERM, given the process id of that command


class Ended(NamedTuple):
    """The exit code of a container, and the seconds from SIGTERM, or from its start, to its end."""

    code: int
    seconds: float


@dataclass
class Running:
    """A container that runs until the end of its `with`, or ends before."""

    process: subprocess.Popen[bytes]
    place: Place
    port: int
    log: Path
    started: float = field(default_factory=time.monotonic)
    terminated: float = 0.0

    @property
    def address(self) -> str:
        """HOST:PORT of its server."""
        return f"{self.place.host}:{self.port}"

    def logs(self) -> str:
        """Its output on stdout and stderr so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, ask: Callable[[], object], patience: float = 60) -> float:
        """Seconds from its start until `ask` succeeds; raises the last BoxOfficeError."""
        while True:
            try:
                ask()
                return time.monotonic() - self.started
            except BoxOfficeError as error:
                if time.monotonic() - self.started > patience or self.process.poll() is not None:
                    raise BoxOfficeError(f"{error} Its last words: {self.last_words()}") from error
                time.sleep(0.02)

    def terminate(self) -> None:
        """Send SIGTERM, as Cloud Run does 10 s before SIGKILL; raises if it has already ended."""
        if self.process.poll() is not None:
            raise BoxOfficeError(f"The container ended by itself: {self.last_words()}")
        self.terminated = time.monotonic()
        self.place.terminate(self.process.pid)

    def ended(self, patience: float = 10) -> Ended:
        """Wait for its end; raises BoxOfficeError if that takes longer than `patience` seconds."""
        since = self.terminated or self.started
        try:
            code = self.process.wait(since + patience - time.monotonic())
        except subprocess.TimeoutExpired as error:
            event = "SIGTERM" if self.terminated else "its start"
            raise BoxOfficeError(
                f"The container still runs {patience:g} s after {event}: {self.last_words()}"
            ) from error
        return Ended(code, time.monotonic() - since)

    def last_words(self) -> str:
        """The last line of its log."""
        return (self.logs().splitlines() or ["it said nothing."])[-1]


@dataclass(frozen=True)
class Container:
    """What to run: an image, further variables, and arguments for its entrypoint."""

    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    port: int = 8080  # the value of PORT

    @property
    def variables(self) -> dict[str, str]:
        """The variables that a platform adds to those of the image."""
        return {**self.env, "PORT": str(self.port)}

    @contextmanager
    def running(self, engine: "Engine") -> Iterator[Running]:
        """Start it; at the end it is removed completely."""
        with (
            engine.place(self) as place,
            tempfile.NamedTemporaryFile() as log,
            # In its own session: Ctrl-C ends the rehearsal, which then ends the container.
            subprocess.Popen(
                place.words,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            ) as process,
        ):
            try:
                yield Running(process, place, self.port, Path(log.name))
            finally:
                process.kill()

    def output(self, engine: "Engine") -> str:
        """The last line that it prints, for a command that ends; raises BoxOfficeError."""
        with self.running(engine) as running:
            if running.ended(60).code != 0:
                raise BoxOfficeError(f"A program failed in {self.image}: {running.last_words()}")
            return running.last_words()


class Engine(Protocol):
    """A container engine."""

    @property
    def name(self) -> str:
        """The name that `bentoml containerize --backend` has for it."""

    def base(self) -> str:
        """The name of a base image with Python, which is fetched or made if it is missing."""

    def keep(self, published: str) -> str:
        """A lasting name for the image that was built last."""

    def label(self, image: str, name: str) -> str:
        """A label of an image, or nothing."""

    def size(self, image: str) -> int:
        """Bytes of all layers of an image, uncompressed."""

    def place(self, container: Container) -> AbstractContextManager[Place]:
        """Prepare for a container, and clean up at the end."""
