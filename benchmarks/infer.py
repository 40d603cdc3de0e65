"""`mlserver infer`: the same model and films, as files of requests to a server beside it."""

import json
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.large_table import tables
from benchmarks.material import Material
from benchmarks.servers import Server
from service.model.predictor import Predictor
from service.settings import MODEL_NAME, SERVING

_PATIENCE = 60.0  # seconds until the server answers
_WORKERS = 2


@dataclass(frozen=True)
class Form:
    """How films are laid out: how many in a line, and how many lines are sent together."""

    title: str
    films: int
    lines: int


FORMS = (
    Form("a film a line, 100 lines at once", 1, 100),
    Form("1,000 films a line", 1000, 1),
)


def infer(material: Material, form: Form, films: int, folder: Path) -> float:
    """Films per second of one file of requests; raises OSError where one is not answered."""
    contender = CONTENDERS["mlserver"]
    requests, responses = folder / "requests.jsonl", folder / "responses.jsonl"
    manifest = Predictor.load(material.folder / SERVING).manifest
    lines = 0
    with requests.open("w") as file:
        for table in tables(films, manifest):
            for start in range(0, len(table), form.films):
                file.write(json.dumps({"inputs": _tensors(table.slice(start, form.films))}) + "\n")
                lines += 1
    with contender.start(material, folder / "mlserver.log") as server:
        _wait(server)
        program = Path(contender.command(0, 0)[0])
        command = [str(program), "infer", "-u", f"127.0.0.1:{server.port}", "-m", MODEL_NAME]
        command += ["-i", str(requests), "-o", str(responses)]
        command += ["-s", str(form.lines), "-w", str(_WORKERS), "--timeout", "600"]
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begin
    answers = responses.read_text().splitlines() if responses.exists() else []
    answered = sum('"outputs"' in answer for answer in answers)
    if done.returncode or answered != lines:
        said = (done.stdout + done.stderr)[-2000:]
        raise OSError(f"`mlserver infer` answered {answered} of {lines} lines:\n{said}")
    return films / seconds


def _tensors(table: Any) -> list[dict[str, Any]]:
    tensors = []
    for name in table.column_names[1:]:
        values = table[name].to_pylist()
        is_text = str(table.schema.field(name).type) == "string"
        tensors.append(
            {
                "name": name,
                "datatype": "BYTES" if is_text else "FP64",
                "shape": [len(values), 1],
                "data": [value or ("" if is_text else 0) for value in values],
                "parameters": {"content_type": "str"} if is_text else {},
            }
        )
    return tensors


def _wait(server: Server) -> None:
    end = time.monotonic() + _PATIENCE
    url = f"http://127.0.0.1:{server.port}/v2/models/{MODEL_NAME}/ready"
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError as error:
            server.check_alive()
            if time.monotonic() > end:
                print(server.log.read_text()[-2000:], file=sys.stderr)
                raise OSError("MLServer did not become ready") from error
            time.sleep(0.1)
