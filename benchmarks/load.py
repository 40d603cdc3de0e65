"""Load from wrk and h2load, which leave most of the cores to the servers."""

import json
import re
import shutil
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.check import WrongAnswer
from benchmarks.grpc_endpoints import GrpcEndpoint
from benchmarks.material import Part
from benchmarks.rest_endpoints import RestEndpoint

_PACKAGES = {"wrk": "wrk", "h2load": "nghttp2-client"}
_POST = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Load:
    """Requests (or messages) answered per second, and their latencies in ms."""

    requests_per_s: float
    p50_ms: float | None = None
    p99_ms: float | None = None


class MissingTool(Exception):
    """A program is not installed."""


def check_tools() -> None:
    """Raise MissingTool, naming the Debian package, if a program is missing."""
    for tool, package in _PACKAGES.items():
        if not shutil.which(tool):
            raise MissingTool(f"{tool} is missing: install the Debian package {package}.")


def post(
    endpoint: RestEndpoint,
    port: int,
    parts: list[Part],
    connections: int,
    seconds: int,
    folder: Path,
) -> Load:
    """POST the parts in turn over some connections."""
    bodies = [endpoint.write(part.films) for part in parts]
    files = [folder / f"body-{at}" for at in range(len(bodies))]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body.data)
    printed = _run(
        *("wrk", "-t", min(2, connections), "-c", connections, "-d", f"{seconds}s"),
        *("--timeout", "10s", "-s", _POST, f"http://127.0.0.1:{port}{endpoint.path}", "--"),
        *(bodies[0].media_type, bodies[0].head or "", *files),
    )
    measured = json.loads(printed.splitlines()[-1])
    if measured["failed"]:
        raise WrongAnswer(
            f"{endpoint.path}: {measured['failed']} of {measured['requests']} requests failed."
        )
    return Load(measured["requests"] / measured["seconds"], measured["p50_ms"], measured["p99_ms"])


def call(
    endpoint: GrpcEndpoint, port: int, part: Part, connections: int, seconds: int, folder: Path
) -> Load:
    """Call a method over some connections, one call at a time on each."""
    message = endpoint.write(part.films)
    expected = len(_framed(endpoint.send(port, message)))
    body, log = folder / "message", folder / "calls"
    body.write_bytes(_framed(message) * endpoint.messages)
    log.unlink(missing_ok=True)
    printed = _run(
        *("h2load", "-D", seconds, "-c", connections, "-m", "1", "-d", body),
        *("-H", "content-type: application/grpc", "-H", "te: trailers", f"--log-file={log}"),
        f"http://127.0.0.1:{port}{endpoint.path}",
    )
    done = [int(line.split("\t")[2]) / 1e3 for line in log.read_text().splitlines()]
    received = _received(endpoint, printed)
    if received < len(done) * endpoint.messages * expected:
        raise WrongAnswer(f"{endpoint.path}: {received} bytes are not {len(done)} answers.")
    centiles = statistics.quantiles(done, n=100) if endpoint.messages == 1 else [None] * 99
    return Load(received / expected / seconds, centiles[49], centiles[98])


def _framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def _received(endpoint: GrpcEndpoint, printed: str) -> int:
    """Bytes of all answers; raises WrongAnswer for failed calls.

    A refusal has status 200 as well, but no bytes.
    """
    failed = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", printed)
    data = re.search(r"\((\d+)\) data", printed)
    if not failed or not data or any(map(int, failed.groups())):
        raise WrongAnswer(f"{endpoint.path}: calls failed:\n{printed}")
    return int(data[1])


def _run(*words: object) -> str:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise WrongAnswer(f"{words[0]} failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout
