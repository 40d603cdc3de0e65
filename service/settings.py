"""Settings from the environment; only entry points read them."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from math import ceil
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from service.errors import BoxOfficeError

MODEL_NAME = "box_office"
SERVING = "serving"
PREFIX = "BOX_OFFICE_"
# What a supervisor gives to the workers that it starts, and nobody else sets.
HEARTBEAT = f"{PREFIX}HEARTBEAT"  # a file descriptor
METRICS = "PROMETHEUS_MULTIPROC_DIR"  # a folder
_STANDARD = {"otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT", "platform_port": "PORT"}
LogFormat = Literal["plain", "json"]
Host = Annotated[str, "a name or an address"]
Url = Annotated[str, "with a scheme"]
Place = Annotated[str, "off, stdout or a folder"]
Share = Annotated[float, "above 0, up to 1"]
Secret = Annotated[str, "never shown"]


@dataclass(frozen=True)
class Settings:
    """Each field has a variable: BOX_OFFICE_ and its name in capitals, unless in _STANDARD."""

    model: str = f"{MODEL_NAME}:latest"  # a tag in the BentoML model store
    workers: int = 1  # processes
    grpc_host: Host = "0.0.0.0"
    grpc_port: int = 3001  # 0: no gRPC
    max_batch: int = 10_000  # films in one request
    max_explained: int = 10  # films in one request for explanations
    max_body: int = 4 * 1024 * 1024  # bytes of one request or gRPC message
    max_pending: int = 64 * 1024 * 1024  # bytes of all large requests under way in one worker
    max_concurrency: int = 256  # requests in flight in one worker, and as many that wait their turn
    max_connections: int = 1000  # open connections to one worker; four times as many over gRPC
    timeout: float = 5.0  # seconds for a request to arrive, and for a client to read
    grace: float = 8.0  # seconds for gRPC calls to finish at the end
    log: LogFormat = "plain"  # or json: one object per line
    journal: Place = "off"  # where forecasts are remembered
    journal_sample: Share = 1.0  # of all forecasts
    journal_wait: float = 1.0  # seconds until a record is written
    outcomes_token: Secret = field(default="", repr=False)  # who has it may tell outcomes
    otlp_endpoint: Url = ""  # where traces go, from OTEL_EXPORTER_OTLP_ENDPOINT
    platform_port: int = 0  # the one port that a platform gives, from PORT

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from the environment; raises BoxOfficeError naming the variable."""
        values: dict[str, Any] = {
            each.name: _READ[each.type](name, environ[name])
            for name, each in VARIABLES.items()
            if name in environ and not _of_kubernetes(name, environ[name])
        }
        settings = cls(**values)
        if settings.outcomes_token and settings.journal == "off":
            raise BoxOfficeError(
                "BOX_OFFICE_OUTCOMES_TOKEN lets outcomes into a journal, and there is none: set "
                "BOX_OFFICE_JOURNAL."
            )
        return settings

    @property
    def patience(self) -> int:
        """Seconds after which a worker that is silent is killed."""
        return max(5, ceil(4 * self.timeout))

    @property
    def ending(self) -> int:
        """Seconds after which a worker that does not end is killed."""
        return max(self.patience, ceil(self.grace) + 2)


VARIABLES = {
    _STANDARD.get(each.name, f"{PREFIX}{each.name.upper()}"): each for each in fields(Settings)
}


def misspelt(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A sentence for each variable that looks like a setting and is none, with the closest name."""
    ours = {variable.removeprefix(PREFIX): variable for variable in VARIABLES}
    for name in sorted(environ.keys() - VARIABLES.keys() - {HEARTBEAT}):
        if name.startswith(PREFIX) and not _of_kubernetes(name, environ[name]):
            closest = get_close_matches(name.removeprefix(PREFIX), ours, 1)
            hint = f": did you mean {ours[closest[0]]}?" if closest else "."
            yield f"{name} is not a setting, and changes nothing{hint}"


def handed_down(variable: str) -> str:
    """What the supervisor has given to this worker, or "" where there is no supervisor."""
    return os.environ.get(variable, "")


def _of_kubernetes(name: str, text: str) -> bool:
    """Does Kubernetes say this to every pod, of a Service whose name begins as ours does?"""
    link = re.search(r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP|SCTP)", name)
    return bool(link or (name.endswith("_PORT") and re.match(r"(tcp|udp|sctp)://", text)))


def _whole(name: str, text: str) -> int:
    least, most = (0, 65535) if name.endswith("PORT") else (1, 2**40)
    if not text.isdecimal() or len(text) > 18 or not least <= int(text) <= most:
        limit = f"from {least} to {most}" if name.endswith("PORT") else f"of at least {least}"
        raise BoxOfficeError(f"{name} must be a whole number {limit}, not {text!r}.")
    return int(text)


def _seconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 3600:
        raise BoxOfficeError(f"{name} must be a number of seconds above 0, not {text!r}.")
    return value


def _log_format(name: str, text: str) -> str:
    formats = get_args(LogFormat)
    if text not in formats:
        raise BoxOfficeError(f"{name} must be one of {', '.join(formats)}, not {text!r}.")
    return text


def _place(name: str, text: str) -> str:
    if text not in ("off", "stdout") and not os.path.isabs(text):
        raise BoxOfficeError(
            f"{name} must be off, stdout or a folder that begins with /, not {text!r}."
        )
    return text


def _share(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 1:
        raise BoxOfficeError(f"{name} must be a number above 0, at most 1, not {text!r}.")
    return value


def _secret(name: str, text: str) -> str:
    token = text.strip()  # files of secrets end with a new line
    if text and not re.fullmatch(r"[!-~]{16,}", token):
        raise BoxOfficeError(f"{name} must be at least 16 printable characters without blanks.")
    return token


def _host(name: str, text: str) -> str:
    host = text.removeprefix("[").removesuffix("]")
    if not host or re.search(r"[\s/]", host):
        raise BoxOfficeError(f"{name} must be a host name or an IP address, not {text!r}.")
    return host


def _url(name: str, text: str) -> str:
    try:
        url = urlsplit(text)
        valid = url.scheme in ("http", "https") and url.hostname and url.port != 0
    except ValueError:
        valid = False
    if text and not valid:
        raise BoxOfficeError(f"{name} must be like http://collector:4318, not {text!r}.")
    return text


def _text(_: str, text: str) -> str:
    return text


_READ = {
    str: _text,
    int: _whole,
    float: _seconds,
    LogFormat: _log_format,
    Place: _place,
    Share: _share,
    Secret: _secret,
    Host: _host,
    Url: _url,
}
