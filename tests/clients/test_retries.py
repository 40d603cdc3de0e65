"""What passes is tried again before the deadline, and nothing else is, and not after it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import grpc
import pytest

from rehearsal.port import free_port
from tests.support import refusing
from tests.support.clients import Refused, asking
from tests.support.refusing import NEVER, TRICKLE, Refusing, Way

Serve = Callable[..., AbstractContextManager[Refusing]]
BUSY = (grpc.StatusCode.RESOURCE_EXHAUSTED, "256 requests are under way: try again later.")
# One after the other, with answers between, so that pauses are short.
PASSING: dict[str, list[Way]] = {
    "rest": [429, (429, "0"), None, 503, 502, None, 504, (503, "Thu, 01 Jan 1970 00:00:00 GMT")],
    "grpc": [(grpc.StatusCode.UNAVAILABLE, "not now"), BUSY, None, BUSY],
}
LASTING: dict[str, list[Way]] = {
    "rest": [400, 401, 403, 404, 413, 500],
    "grpc": [
        (grpc.StatusCode.INVALID_ARGUMENT, "not now"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "A request may have 40 films, not 50: send several."),
        (grpc.StatusCode.INTERNAL, "not now"),
    ],
}
SERVERS: dict[str, Serve] = {"rest": refusing.over_rest, "grpc": refusing.over_grpc}
over_both = pytest.mark.parametrize("transport", SERVERS)
both_kinds = pytest.mark.parametrize("kind", ["sync", "async"])


def forecast(python: Path, url: str, kind: str = "sync", seconds: float = 30) -> str:
    """The gross that is answered, or the name of the error."""
    with asking(python, url, kind, seconds) as client:
        try:
            return str(client.ask("forecast", {})["worldwide_gross"])
        except Refused as error:
            return error.error


@over_both
@both_kinds
def test_a_client_tries_again_where_the_service_is_overloaded_or_away(
    python: Path, transport: str, kind: str
) -> None:
    ways = PASSING[transport]
    with SERVERS[transport](*ways) as server, asking(python, server.url, kind) as client:
        for _ in range(1 + ways.count(None)):
            assert 1.0 == client.ask("forecast", {})["worldwide_gross"]

    assert len(ways) + 1 == server.tried


@over_both
def test_what_does_not_pass_is_tried_once(python: Path, transport: str) -> None:
    ways = LASTING[transport]
    with SERVERS[transport](*ways) as server, asking(python, server.url) as client:
        for _ in ways:
            with pytest.raises(Refused):
                client.ask("forecast", {})
        assert 1.0 == client.ask("forecast", {})["worldwide_gross"]

    assert len(ways) + 1 == server.tried


@over_both
@both_kinds
def test_where_it_stays_overloaded_the_deadline_ends_the_tries(
    python: Path, transport: str, kind: str
) -> None:
    with SERVERS[transport](then={"rest": 429, "grpc": BUSY}[transport]) as server:
        assert "Overloaded" == forecast(python, server.url, kind, seconds=1.5)

    assert server.tried >= 2


@both_kinds
def test_nobody_is_asked_before_retry_after_and_a_deadline_before_it_ends_at_once(
    python: Path, kind: str
) -> None:
    with refusing.over_rest((429, "3600")) as server:
        assert "Overloaded" == forecast(python, server.url, kind, seconds=1000)

    assert 1 == server.tried


@over_both
@both_kinds
def test_an_answer_that_does_not_come_is_not_waited_for(
    python: Path, transport: str, kind: str
) -> None:
    with SERVERS[transport](then=NEVER) as server:
        assert "TooSlow" == forecast(python, server.url, kind, seconds=0.4)

    assert server.tried <= 1


@both_kinds
def test_nor_is_one_that_comes_byte_by_byte(python: Path, kind: str) -> None:
    with refusing.over_rest(then=TRICKLE) as server:
        assert "TooSlow" == forecast(python, server.url, kind, seconds=0.4)


@over_both
@both_kinds
def test_where_nobody_listens_it_says_so(python: Path, transport: str, kind: str) -> None:
    scheme = {"rest": "http", "grpc": "grpc"}[transport]

    assert "Unavailable" == forecast(python, f"{scheme}://127.0.0.1:{free_port()}", kind, 1.5)


def test_an_answer_of_something_else_is_none(python: Path) -> None:
    with (
        refusing.over_rest() as server,
        asking(python, server.url) as client,
        pytest.raises(Refused) as caught,
    ):
        client.ask("forecasts", [{}])

    assert caught.value.words == "The answer is no Prediction of Box Office."
