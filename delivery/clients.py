"""Clients of a running server, over REST and gRPC."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import grpc
import requests
from grpc_health.v1 import health_pb2, health_pb2_grpc

from service.errors import BoxOfficeError
from service.films.schema import TARGET
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc import messages

SECONDS = 20.0  # for an answer; the first request may have to wait until the container has started


class SmokeFailed(BoxOfficeError):
    """A server gave a wrong answer or none; the message says which server and what it did."""


@dataclass(frozen=True)
class Rest:
    """A REST client of the server at a URL, with a token if the server is private."""

    url: str
    token: str = ""

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of the answer; raises SmokeFailed if there is none."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        method = "GET" if body is None else "POST"
        try:
            answer = requests.request(
                method, self.url + path, json=body, headers=headers, timeout=SECONDS
            )
            return answer.status_code, answer.json() if answer.content else None
        except requests.JSONDecodeError as error:
            words = answer.text[:80]
            raise SmokeFailed(
                f"{self.url}{path} answered {answer.status_code}, not with JSON: {words!r}."
            ) from error
        except requests.RequestException as error:
            raise SmokeFailed(
                f"{self.url}{path} did not answer: {type(error).__name__}."
            ) from error

    def expect(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of an answer; raises SmokeFailed if it has another status."""
        code, answer = self.ask(path, body)
        if code != status:
            raise SmokeFailed(f"{self.url}{path} answered {code} instead of {status}: {answer}.")
        return answer

    def forecast(self, film: dict[str, Any]) -> float:
        """What it forecasts for a film."""
        return float(self.expect("/v1/prediction", film)[TARGET])


@dataclass(frozen=True)
class Grpc:
    """A gRPC client of the server at a URL: TLS for https, plain HTTP/2 for http."""

    url: str
    token: str = ""

    def channel(self) -> grpc.Channel:
        """A channel to the server; close it, or use it in a `with`."""
        parts = urlsplit(self.url)
        if parts.scheme == "https":
            address = f"{parts.hostname}:{parts.port or 443}"
            return grpc.secure_channel(address, grpc.ssl_channel_credentials())
        return grpc.insecure_channel(parts.netloc)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of each call: the token, if there is one."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def check(self) -> None:
        """Raises SmokeFailed unless the health service answers SERVING."""
        request = health_pb2.HealthCheckRequest()
        with self.channel() as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            answer = self._call(stub.Check, request)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise SmokeFailed(f"{self.url} says over gRPC that it does not serve.")

    def forecast(self, film: dict[str, Any]) -> float:
        """What it forecasts for a film."""
        with self.channel() as channel:
            answer = self._call(pb_grpc.PredictorStub(channel).Predict, messages.request(film))
        return messages.point(answer.prediction)

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=SECONDS, metadata=self.metadata)
        except grpc.RpcError as error:
            raise SmokeFailed(
                f"{self.url} failed over gRPC: {error.code().name}, {error.details()}."
            ) from error
