"""What is measured: Box Office, and what one might use instead."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import Material, Part
from benchmarks.rest_endpoints import OIP_JSON, REST_MANY, REST_ONE, RestEndpoint
from benchmarks.servers import Server, running
from rehearsal.port import free_port

ROOT = Path(__file__).parents[1]
_MLSERVER = ROOT / ".venv-mlserver" / "bin" / "mlserver"
_ALTERNATIVES = "benchmarks.alternatives"
_PATIENCE = 60.0  # seconds to the first answer
# Two workers use both cores, so further threads would only compete.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "BENTOML_DO_NOT_TRACK": "True",
    "PYTHONPATH": str(ROOT),
}


@dataclass(frozen=True)
class Contender:
    """A server: its command and variables, given a port and a gRPC port, and its endpoints."""

    title: str
    command: Callable[[int, int], list[str]]
    one: RestEndpoint = REST_ONE
    many: RestEndpoint | None = REST_MANY
    environment: Callable[[int, int], dict[str, str]] = lambda port, grpc_port: {}
    workers: int = 2
    forecasts: bool = True  # otherwise it answers a constant

    @property
    def absent(self) -> str:
        """Why it cannot be measured, or ""."""
        program = Path(self.command(0, 0)[0])
        return "" if program.exists() else f"{program.relative_to(ROOT)} is not there"

    def start(self, material: Material, log: Path) -> AbstractContextManager[Server]:
        """Start it on free ports, with a stored model."""
        ports = free_port(), free_port()
        model = {"BOX_OFFICE_MODEL": material.tag, "BENCHMARK_MODEL": str(material.folder)}
        environment = ENVIRONMENT | model | self.environment(*ports)
        return running(self.command(*ports), environment, ports, self.workers, log)

    def wait(self, server: Server, material: Material) -> None:
        """Wait until it answers as it is to; raises OSError where it ends, or takes too long."""
        part, end = material.parts(1)[0], time.monotonic() + _PATIENCE
        while not self._answers(server, part):
            server.check_alive()
            if time.monotonic() > end:
                said = server.log.read_text()[-2000:]
                raise OSError(f"no answer within {_PATIENCE:g} s:\n{said}")
            time.sleep(0.01)

    def _answers(self, server: Server, part: Part) -> bool:
        try:
            answer = self.one.ask(server.port, part.films)
        except OSError:
            return False
        return not self.forecasts or not part.difference(answer)


def _python(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", module, *words]


def _bentoml(service: str, port: int) -> list[str]:
    return _python("bentoml", "serve", service, "--host", "127.0.0.1", "--port", str(port))


CONTENDERS = {
    "box_office": Contender(
        "Box Office",
        lambda port, _: _bentoml("service.service:BoxOffice", port),
        environment=lambda _, grpc_port: {
            "BOX_OFFICE_WORKERS": "2",
            "BOX_OFFICE_GRPC_HOST": "127.0.0.1",
            "BOX_OFFICE_GRPC_PORT": str(grpc_port),
        },
    ),
    "one_process": Contender(
        "Box Office, 1 process",
        lambda port, _: _python("service", "--host", "127.0.0.1", "--port", str(port)),
        environment=lambda _, grpc_port: {
            "BOX_OFFICE_GRPC_HOST": "127.0.0.1",
            "BOX_OFFICE_GRPC_PORT": str(grpc_port),
        },
        workers=1,
    ),
    "fastapi": Contender(
        "FastAPI + gunicorn",
        lambda port, _: _python(
            *("gunicorn", f"{_ALTERNATIVES}.fastapi_app:app", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--worker-class", "uvicorn_worker.UvicornWorker"),
        ),
    ),
    "naive_bento": Contender(
        "naive BentoML", lambda port, _: _bentoml(f"{_ALTERNATIVES}.naive_bento:NaiveBento", port)
    ),
    "mlserver": Contender(
        "MLServer, 1 process",
        lambda _, __: [
            str(_MLSERVER),
            "start",
            str(ROOT / "benchmarks" / "alternatives" / "mlserver"),
        ],
        one=OIP_JSON,
        many=OIP_JSON,
        environment=lambda port, grpc_port: {
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": str(port),
            "MLSERVER_GRPC_PORT": str(grpc_port),
            "MLSERVER_METRICS_PORT": str(free_port()),
            "MLSERVER_PARALLEL_WORKERS": "0",  # they fail on Python 3.11
            "MLSERVER_DEBUG": "false",  # no access log, as for the others
        },
        workers=1,
    ),
    "floor": Contender(
        "constants, 1 process",
        lambda port, _: _python(
            *("uvicorn", f"{_ALTERNATIVES}.floor:app", "--port", str(port)),
            *("--no-access-log", "--log-level", "warning"),
        ),
        many=None,
        environment=lambda _, grpc_port: {"FLOOR_GRPC_PORT": str(grpc_port)},
        workers=1,
        forecasts=False,
    ),
}
