"""What the README shows is what happens: its clients are run as they are written."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT
from tests.support.server import Server, running

README = (ROOT / "README.md").read_text()
CLIENTS = README.partition("## Ask it about a film")[2].partition("## Settings")[0]
PROGRAMS = re.findall(r"```python\n(.+?)```", CLIENTS, re.S)
COMMANDS = re.findall(r"^\$ (curl .+?)\n(\{.+?\})$", CLIENTS, re.S | re.M)


@pytest.fixture(scope="module")
def server(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("docs")) as server:
        yield server


def here(text: str, server: Server) -> str:
    """The text with the ports of this server."""
    text = text.replace("localhost:3000", f"localhost:{server.port}")
    return text.replace("localhost:3001", f"localhost:{server.grpc_port}")


def test_the_clients_section_has_its_examples() -> None:
    assert 3 == len(PROGRAMS)
    assert 2 <= len(COMMANDS)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_of_the_readme_runs(server: Server, number: int, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", here(PROGRAMS[number], server)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 0 == run.returncode, run.stderr
    assert run.stdout


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_a_refusal_of_the_readme_is_what_curl_prints(server: Server, number: int) -> None:
    command, printed = COMMANDS[number]
    run = subprocess.run(
        shlex.split(here(command, server)),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert printed == run.stdout
