"""Asks Box Office what films will earn, over REST or gRPC; `Client` and `AsyncClient` do."""

from box_office_client import schema
from box_office_client.aio import AsyncClient
from box_office_client.client import Client
from box_office_client.errors import (
    BoxOfficeError,
    Closed,
    Detail,
    InvalidFilm,
    InvalidRequest,
    Overloaded,
    TooLarge,
    TooSlow,
    TryAgain,
    Unauthorized,
    Unavailable,
)
from box_office_client.schema import *  # noqa: F403 - they are called as the schema calls them

__all__ = [
    "AsyncClient",
    "BoxOfficeError",
    "Client",
    "Closed",
    "Detail",
    "InvalidFilm",
    "InvalidRequest",
    "Overloaded",
    "TooLarge",
    "TooSlow",
    "TryAgain",
    "Unauthorized",
    "Unavailable",
]
__all__ += schema.__all__
