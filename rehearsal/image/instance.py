"""The two containers that Cloud Run makes of an image, from delivery/services.py."""

from delivery.services import GRPC, REST
from rehearsal.containers.container import Container

PORT = 8081  # not a default port of anything


def rest(image: str) -> Container:
    """The container for REST."""
    return Container(image, _variables(REST), port=PORT)


def rpc(image: str) -> Container:
    """The container for gRPC."""
    return Container(image, _variables(GRPC), tuple(_option(GRPC, "--args").split(",")), PORT)


def probe() -> str:
    """The path of the startup probe for REST."""
    parts = _option(REST, "--startup-probe").split(",")
    return next(part for part in parts if "path=" in part).partition("path=")[2]


def _variables(options: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in _option(options, "--set-env-vars").split(",")]
    return {name: value for name, _, value in pairs}


def _option(options: tuple[str, ...], name: str) -> str:
    return next(each for each in options if each.startswith(f"{name}=")).removeprefix(f"{name}=")
