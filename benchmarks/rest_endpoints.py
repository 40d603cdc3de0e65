"""HTTP paths: how to write films and read answers, as JSON and in the Open Inference Protocol."""

import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Any, NamedTuple

import numpy as np

from benchmarks.material import ASKED, Films, Floats, length, rows
from service.films.fields import LABELS
from service.films.schema import TARGET

HEAD = "Inference-Header-Content-Length"
_JSON = "application/json"
_OUTPUTS = [{"name": name} for name in ASKED]


class Body(NamedTuple):
    """The body of a POST; `head` is the length of the JSON part if it is binary, or else 0."""

    data: bytes
    media_type: str = _JSON
    head: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request with this body."""
        return {"Content-Type": self.media_type} | ({HEAD: str(self.head)} if self.head else {})


@dataclass(frozen=True)
class RestEndpoint:
    """A path that takes films by POST, and the format of its bodies."""

    path: str
    write: Callable[[Films], Body]
    read: Callable[[bytes, Message], Floats]

    def ask(self, port: int, films: Films) -> Floats:
        """Forecast, low and high (n, 3) of films; raises OSError where there is no answer."""
        body = self.write(films)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", self.path, body.data, body.headers)
            response = connection.getresponse()
            data = response.read()
        except http.client.HTTPException as error:
            raise OSError(f"no answer: {error!r}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise OSError(f"status {response.status}: {data[:200]!r}")
        return self.read(data, response.headers)


def _bounds(answer: dict[str, Any]) -> list[float]:
    return [answer[TARGET], answer["interval"]["low"], answer["interval"]["high"]]


def _tensors(films: Films) -> list[dict[str, Any]]:
    count = length(films)
    return [
        {"name": name, "shape": [count], "datatype": "BYTES", "parameters": {"content_type": "str"}}
        if name in LABELS
        else {"name": name, "shape": [count], "datatype": "FP64", "parameters": {}}
        for name in films
    ]


def _write_oip(films: Films) -> Body:
    tensors = _tensors(films)
    for tensor in tensors:
        tensor["data"] = films[tensor["name"]]
    return Body(json.dumps({"inputs": tensors, "outputs": _OUTPUTS}).encode())


def _read_oip(body: bytes, _: Message) -> Floats:
    outputs = {tensor["name"]: tensor["data"] for tensor in json.loads(body)["outputs"]}
    return np.array([np.ravel(outputs[name]) for name in ASKED], np.float64).T


def raw(name: str, values: list[Any]) -> bytes:
    """A tensor in binary form: little-endian numbers, or texts that follow their lengths."""
    if name not in LABELS:
        return np.array(values, "<f8").tobytes()
    texts = [value.encode() for value in values]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)


def _write_binary(films: Films) -> Body:
    tensors, columns = _tensors(films), [raw(name, values) for name, values in films.items()]
    for tensor, data in zip(tensors, columns, strict=True):
        tensor["parameters"] = {"binary_data_size": len(data)}
    asked = {"outputs": _OUTPUTS, "parameters": {"binary_data_output": True}}
    head = json.dumps({"inputs": tensors, **asked}).encode()
    return Body(head + b"".join(columns), "application/octet-stream", len(head))


def _read_binary(body: bytes, headers: Message) -> Floats:
    head = int(headers[HEAD])
    names = [tensor["name"] for tensor in json.loads(body[:head])["outputs"]]
    values = np.frombuffer(body, "<f8", offset=head).reshape(len(names), -1)
    return values[[names.index(name) for name in ASKED]].T


_INFER = "/v2/models/box_office/infer"
REST_ONE = RestEndpoint(
    "/v1/prediction",
    lambda films: Body(json.dumps(rows(films)[0]).encode()),
    lambda body, _: np.array([_bounds(json.loads(body))]),
)
REST_MANY = RestEndpoint(
    "/v1/predictions",
    lambda films: Body(json.dumps(rows(films)).encode()),
    lambda body, _: np.array([_bounds(answer) for answer in json.loads(body)]),
)
OIP_JSON = RestEndpoint(_INFER, _write_oip, _read_oip)
OIP_BINARY = RestEndpoint(_INFER, _write_binary, _read_binary)
