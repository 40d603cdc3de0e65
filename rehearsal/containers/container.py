"""A container under Cloud Run's contract: a port, nobody else to talk to, only /tmp to write to."""

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
    """Where a container runs, as an engine has made it ready."""

    words: tuple[str, ...]  # the program that runs it in the foreground and ends as it does
    host: str  # the address that it can be reached at, from this machine only
    terminate: Callable[[int], None]  # send it SIGTERM, given the process id of that program


class Ended(NamedTuple):
    """How a container ended: its exit code, and seconds since SIGTERM, or else since its start."""

    code: int
    seconds: float


@dataclass
class Running:
    """A container that runs, until the end of its `with` at the latest."""

    process: subprocess.Popen[bytes]
    place: Place
    port: int
    log: Path
    started: float = field(default_factory=time.monotonic)
    told: float = 0.0

    @property
    def address(self) -> str:
        """HOST:PORT of what it serves."""
        return f"{self.place.host}:{self.port}"

    def logs(self) -> str:
        """What it has written to stdout and stderr so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, ask: Callable[[], object], patience: float = 60) -> float:
        """Seconds from its start until `ask` raises BoxOfficeError no longer; raises the last."""
        while True:
            try:
                ask()
                return time.monotonic() - self.started
            except BoxOfficeError as error:
                if time.monotonic() - self.started > patience or self.process.poll() is not None:
                    raise BoxOfficeError(f"{error} Its last words: {self.last_words()}") from error
                time.sleep(0.02)

    def terminate(self) -> None:
        """Send SIGTERM, as Cloud Run does 10 s before the end; raises where it ended before."""
        if self.process.poll() is not None:
            raise BoxOfficeError(f"The container ended by itself: {self.last_words()}")
        self.told = time.monotonic()
        self.place.terminate(self.process.pid)

    def ended(self, patience: float = 10) -> Ended:
        """Its end; raises BoxOfficeError where it takes more seconds than that."""
        since = self.told or self.started
        try:
            code = self.process.wait(since + patience - time.monotonic())
        except subprocess.TimeoutExpired as error:
            event = "SIGTERM" if self.told else "its start"
            raise BoxOfficeError(
                f"The container still runs {patience:g} s after {event}: {self.last_words()}"
            ) from error
        return Ended(code, time.monotonic() - since)

    def last_words(self) -> str:
        """The last line of its log."""
        return (self.logs().splitlines() or ["it said nothing."])[-1]


@dataclass(frozen=True)
class Container:
    """What to run: an image, variables beside its own, and words for its entrypoint."""

    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    port: int = 8080  # what PORT says

    @property
    def variables(self) -> dict[str, str]:
        """What a platform adds to the variables of the image."""
        return {**self.env, "PORT": str(self.port)}

    @contextmanager
    def running(self, engine: "Engine") -> Iterator[Running]:
        """Start it; nothing of it is left at the end."""
        with (
            engine.place(self) as place,
            tempfile.NamedTemporaryFile() as log,
            # Of a session of its own: Ctrl-C ends the rehearsal, which then ends the container.
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
    """What runs containers."""

    @property
    def name(self) -> str:
        """As `bentoml containerize --backend` calls it."""

    def base(self) -> str:
        """The name of an image with Python to build on, fetched or made where it is missing."""

    def keep(self, published: str) -> str:
        """The name of the image that was built last, by which it can be run later as well."""

    def size(self, image: str) -> int:
        """Bytes of all layers of an image, uncompressed."""

    def place(self, container: Container) -> AbstractContextManager[Place]:
        """Make ready for a container, and tidy up at the end."""
