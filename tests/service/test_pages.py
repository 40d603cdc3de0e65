"""One shape for every error, whatever shape it had before."""

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.rest.pages import OneErrorShape


def shaped(body: bytes, path: str = "/v1/nowhere") -> dict[str, object]:
    """The JSON that leaves the middleware for an error with this body."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": body})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    asyncio.run(OneErrorShape(app)(scope, receive, send))
    assert 404 == sent[0]["status"]
    answer: dict[str, object] = json.loads(sent[1]["body"])
    return answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "No such thing."}', "No such thing."),
        (b'[{"error": "No such thing."}]', "No such thing."),
        (b"Not Found", "Not Found"),
        (b'{"detail": "Not Found"}', '{"detail": "Not Found"}'),
        (b"[]", "[]"),
        (b'["Not Found"]', '["Not Found"]'),
        (b"404", "404"),
        (b"null", "null"),
        (b"\xff", "\ufffd"),
    ],
)
def test_an_error_of_any_body_is_one_sentence(body: bytes, words: str) -> None:
    assert {"error": words, "details": []} == shaped(body)
    assert {"error": words} == shaped(body, "/v2/nowhere")
