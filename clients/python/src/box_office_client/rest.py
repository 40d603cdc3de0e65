"""Calls over REST, with httpx."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from box_office_client import errors
from box_office_client.calls import Call
from box_office_client.errors import BoxOfficeError, Detail, InvalidFilm, Unavailable
from box_office_client.retries import Tries

_REFUSALS = {
    400: errors.InvalidRequest,
    401: errors.Unauthorized,
    403: errors.Closed,
    408: errors.TooSlow,
    413: errors.TooLarge,
}
_AGAIN = {429: errors.Overloaded, 502: Unavailable, 503: Unavailable, 504: Unavailable}


class Rest:
    """The transport of a Client."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._http = httpx.Client(base_url=url, headers=headers)

    def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""
        try:
            with self._http.stream(**_request(call), timeout=tries.left()) as answer:
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    tries.left()
        except httpx.TimeoutException:
            raise tries.over() from None
        except httpx.TransportError as error:
            raise _unreachable(error) from None
        return _answer(answer, body)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncRest:
    """The transport of an AsyncClient."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers=headers)

    async def send(self, call: Call[Any], tries: Tries) -> Any:
        """What is answered, as JSON has it; raises BoxOfficeError."""
        try:
            async with asyncio.timeout(tries.left()):
                answer = await self._http.request(**_request(call), timeout=None)
        except TimeoutError:
            raise tries.over() from None
        except httpx.TransportError as error:
            raise _unreachable(error) from None
        return _answer(answer, answer.content)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _request(call: Call[Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json"}
    if call.token:
        headers["authorization"] = f"Bearer {call.token}"
    texts = {name: _text(value) for name, value in call.parameters.items()}
    request = {"url": f"v1/{call.path}", "params": texts, "headers": headers}
    if call.rows is None:
        return {"method": "GET", **request}
    # What JSON has not is sent as a text: the service then says of which field it is no value.
    return {"method": "POST", "content": json.dumps(call.rows, default=str).encode(), **request}


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _answer(answer: httpx.Response, body: bytes) -> Any:
    try:
        values = json.loads(body)
    except ValueError:
        values = {}
        if answer.is_success:
            raise BoxOfficeError("The answer is not JSON: is this Box Office?") from None
    if answer.is_success:
        return values
    raise _refusal(answer, values if isinstance(values, dict) else {})


def _refusal(answer: httpx.Response, values: Mapping[str, Any]) -> BoxOfficeError:
    status = answer.status_code
    sentence = str(values.get("error") or f"HTTP {status} {answer.reason_phrase}")
    if status in _AGAIN:
        return _AGAIN[status](sentence, _seconds(answer.headers.get("retry-after", "")))
    if details := values.get("details"):
        told = [Detail(each["field"], each["message"], each.get("index")) for each in details]
        return InvalidFilm(told, errors.problems_in(sentence))
    return _REFUSALS.get(status, BoxOfficeError)(sentence)


def _seconds(retry_after: str) -> float:
    """How long to wait, which is said as a number of seconds or as a date."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0
    return (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _unreachable(error: httpx.TransportError) -> Unavailable:
    return Unavailable(f"{type(error).__name__}: {error}".strip(": "))
