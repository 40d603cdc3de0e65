"""Settings from the environment; only entry points read them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

from service.errors import BoxOfficeError

MODEL_NAME = "box_office"
SERVING = "serving"
PREFIX = "BOX_OFFICE_"
_STANDARD = {"otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT", "platform_port": "PORT"}
LogFormat = Literal["plain", "json"]


@dataclass(frozen=True)
class Settings:
    """Each field has a variable: BOX_OFFICE_ and its name in capitals, unless in _STANDARD."""

    model: str = f"{MODEL_NAME}:latest"  # a tag in the BentoML model store
    workers: int = 1  # processes
    grpc_host: str = "0.0.0.0"
    grpc_port: int = 3001  # 0: no gRPC
    max_batch: int = 10_000  # films in one request
    max_body: int = 4 * 1024 * 1024  # bytes of one request or gRPC message
    max_pending: int = 64 * 1024 * 1024  # bytes of all large requests under way in one worker
    max_concurrency: int = 256  # requests in flight in one worker, and as many that wait their turn
    max_connections: int = 1000  # open connections to one worker, over REST and over gRPC each
    timeout: float = 5.0  # seconds for a request to arrive, and for a client to read
    grace: float = 8.0  # seconds for gRPC calls to finish at the end
    log: LogFormat = "plain"  # or json: one object per line
    otlp_endpoint: str = ""  # where traces go, from OTEL_EXPORTER_OTLP_ENDPOINT
    platform_port: int = 0  # the one port that a platform gives, from PORT

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from the environment; raises BoxOfficeError naming the variable."""
        values: dict[str, Any] = {
            field.name: _READ[field.type](name, environ[name])
            for field in fields(cls)
            if (name := _STANDARD.get(field.name, f"{PREFIX}{field.name.upper()}")) in environ
        }
        return cls(**values)


def hand_down(model: str) -> None:
    """Let every process that this one starts serve this model, whatever is the latest by then."""
    os.environ[f"{PREFIX}MODEL"] = model


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


def _text(_: str, text: str) -> str:
    return text


_READ = {str: _text, int: _whole, float: _seconds, LogFormat: _log_format}
