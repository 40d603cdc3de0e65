"""Which transport a URL asks for; each is imported where it is wanted, and needs an extra."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from box_office_client.calls import Call
from box_office_client.retries import Tries

_SCHEMES = {"http": "rest", "https": "rest", "grpc": "grpc", "grpcs": "grpc"}


class Transport(Protocol):
    """Sends one call once."""

    def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""

    def close(self) -> None:
        """Close what is open."""


class AsyncTransport(Protocol):
    """The same for asyncio."""

    async def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""

    async def close(self) -> None:
        """Close what is open."""


def opened(url: str, headers: Mapping[str, str]) -> Transport:
    """The transport of a URL; raises ValueError, or ImportError naming the extra."""
    scheme, target = _parts(url)
    try:
        if _SCHEMES[scheme] == "rest":
            from box_office_client.rest import Rest

            return Rest(url, headers)
        from box_office_client.rpc.channel import Rpc

        return Rpc(target, scheme == "grpcs", headers)
    except ModuleNotFoundError as error:
        raise _missing(scheme, error) from None


def opened_async(url: str, headers: Mapping[str, str]) -> AsyncTransport:
    """The same for asyncio."""
    scheme, target = _parts(url)
    try:
        if _SCHEMES[scheme] == "rest":
            from box_office_client.rest import AsyncRest

            return AsyncRest(url, headers)
        from box_office_client.rpc.channel import AsyncRpc

        return AsyncRpc(target, scheme == "grpcs", headers)
    except ModuleNotFoundError as error:
        raise _missing(scheme, error) from None


def _parts(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.netloc:
        schemes = ", ".join(f"{each}://" for each in _SCHEMES)
        raise ValueError(f"The URL of a service begins with one of {schemes}, unlike {url!r}.")
    return parts.scheme, parts.netloc


def _missing(scheme: str, error: ModuleNotFoundError) -> ImportError:
    extra = f"box-office-client[{_SCHEMES[scheme]}]"
    return ImportError(f"{scheme}:// needs {error.name}: install {extra}, which brings it.")
