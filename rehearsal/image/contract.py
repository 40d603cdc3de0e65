"""What an image promises to Cloud Run: each promise is a function.

It returns one line of evidence, and raises BoxOfficeError if the promise is broken.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery import smoke
from delivery.clients import Grpc, Rest
from rehearsal.containers.container import Engine, Running
from rehearsal.image import contents, inflight, instance
from service.errors import BoxOfficeError
from service.model.predictor import Predictor
from training.common import params

MEGABYTES = 260  # on top of the base image
DEFAULTS = (3000, 3001, 8080)  # the usual ports of REST, gRPC and Cloud Run
VERSION = "org.opencontainers.image.version"  # the label
_REACTED = 0.5  # seconds after which the server has certainly reacted to SIGTERM


@dataclass(frozen=True)
class Subject:
    """The image, its base image, and the model that it has to serve."""

    engine: Engine
    image: str
    base: str
    model: str  # its tag, for example box_office:85122b11facbb522
    folder: Path  # the folder of the same model on this machine

    @property
    def films(self) -> list[params.Smoke]:
        """The films that it has to forecast."""
        return params.load().promote.smoke

    def forecasts(self) -> list[float]:
        """The forecasts of these films in this process, in USD."""
        predictor = Predictor.load(self.folder)
        columns = [{name: [value] for name, value in each.film.items()} for each in self.films]
        return [float(predictor.predict(each).point[0]) for each in columns]


def check(subject: Subject) -> Iterator[str]:
    """One line for each promise that is kept; raises BoxOfficeError at the first broken one."""
    image_contents = contents.look(subject.engine, subject.image)
    for of_contents in contents.PROMISES:
        yield _line(of_contents, of_contents(image_contents))
    yield _line(it_is_small, it_is_small(subject))
    for container, promises in (
        (instance.rest(subject.image), REST),
        (instance.rpc(subject.image), RPC),
    ):
        with container.running(subject.engine) as running:
            for promise in promises:
                yield _line(promise, promise(running, subject))


def it_is_small(subject: Subject) -> str:
    """It adds at most MEGABYTES to its base image."""
    size = (subject.engine.size(subject.image) - subject.engine.size(subject.base)) / 1e6
    if size > MEGABYTES:
        raise BoxOfficeError(f"The image adds {size:.0f} MB to its base, more than {MEGABYTES}.")
    return f"{size:.0f} MB on top of its base, of {MEGABYTES}"


def it_becomes_ready_where_cloud_run_probes(running: Running, _: Subject) -> str:
    """The startup probe succeeds, on a path that Cloud Run passes on."""
    path = instance.probe()
    if path.endswith("z"):
        raise BoxOfficeError(f"{path} ends in z: Cloud Run may keep such requests to itself.")
    endpoint = Rest(f"http://{running.address}")
    return f"{path} after {running.wait_for(lambda: endpoint.expect(path)):.1f} s"


def it_listens_on_port_alone(running: Running, _: Subject) -> str:
    """It listens on PORT, and on none of its default ports."""
    for port in DEFAULTS:
        with socket.socket() as probe:
            probe.settimeout(2)
            if probe.connect_ex((running.place.host, port)) == 0:
                raise BoxOfficeError(f"The container listens on {port} beside PORT {running.port}.")
    return f"PORT={running.port}; {', '.join(map(str, DEFAULTS))} are closed"


def it_forecasts_over_rest_as_the_model_does_here(running: Running, subject: Subject) -> str:
    """The smoke test passes, and the forecasts are those of the same model in this process."""
    endpoint = Rest(f"http://{running.address}")
    seen = smoke.check_rest(endpoint, subject.films, subject.model)
    _same([endpoint.forecast(each.film) for each in subject.films], subject.forecasts())
    return seen


def it_bears_the_version_that_it_answers(running: Running, subject: Subject) -> str:
    """Its label says which version of the code it is, as the service does."""
    label = subject.engine.label(subject.image, VERSION)
    answer = Rest(f"http://{running.address}").expect("/v1/model")["version"]
    if label != answer:
        raise BoxOfficeError(f"The image is labelled {label or 'with no version'}, not {answer}.")
    return label


def it_is_ready_over_grpc(running: Running, _: Subject) -> str:
    """The gRPC health service says so, over HTTP/2 without TLS on the only port."""
    return f"after {running.wait_for(Grpc(f'http://{running.address}').check):.1f} s"


def it_forecasts_over_grpc_as_the_model_does_here(running: Running, subject: Subject) -> str:
    """The forecasts are those of the same model in this process."""
    return smoke.check_grpc(Grpc(f"http://{running.address}"), subject.films, subject.forecasts())


def it_logs_nothing_worse_than_information(running: Running, _: Subject) -> str:
    """Each line of its log is JSON without a warning, except BentoML's line about PORT."""
    lines = [line for line in running.logs().splitlines() if not line.startswith("$PORT")]
    worse = [line for line in lines if not _informs(line)]
    if worse:
        raise BoxOfficeError(f"The log of the container holds: {worse[0][:200]}")
    return f"{len(lines)} lines of JSON"


def a_request_under_way_is_answered_before_it_ends(running: Running, subject: Subject) -> str:
    """After SIGTERM a slow request is still answered; then the process ends with 0, in time."""
    return _ends(running, subject, inflight.rest)


def a_call_under_way_is_answered_before_it_ends(running: Running, subject: Subject) -> str:
    """After SIGTERM a stream goes on to its end; then the process ends with 0, in time."""
    return _ends(running, subject, inflight.rpc)


def _ends(
    running: Running,
    subject: Subject,
    begin: Callable[[str, dict[str, Any]], AbstractContextManager[inflight.Finish]],
) -> str:
    with begin(running.address, subject.films[0].film) as finish:
        running.terminate()
        time.sleep(_REACTED)
        _same([finish()], subject.forecasts()[:1])
    code, seconds = running.ended()
    if code != 0:
        raise BoxOfficeError(f"The container ended with {code}: {running.last_words()}")
    return f"answered {_REACTED} s after SIGTERM; ended with 0 after {seconds:.1f} s"


def _same(forecasts: list[float], expected: list[float]) -> None:
    if forecasts != expected:
        raise BoxOfficeError(
            f"The container forecasts {forecasts} USD, and the model {expected} here."
        )


def _informs(line: str) -> bool:
    try:
        return bool(json.loads(line)["severity"] == "INFO")
    except (ValueError, TypeError, KeyError):
        return False


def _line(promise: Callable[..., str], proof: str) -> str:
    return f"{promise.__name__.replace('_', ' ')}: {proof}"


REST = (
    it_becomes_ready_where_cloud_run_probes,
    it_listens_on_port_alone,
    it_forecasts_over_rest_as_the_model_does_here,
    it_bears_the_version_that_it_answers,
    it_logs_nothing_worse_than_information,
    a_request_under_way_is_answered_before_it_ends,
)
RPC = (
    it_is_ready_over_grpc,
    it_listens_on_port_alone,
    it_forecasts_over_grpc_as_the_model_does_here,
    it_logs_nothing_worse_than_information,
    a_call_under_way_is_answered_before_it_ends,
)
