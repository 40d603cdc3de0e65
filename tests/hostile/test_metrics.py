"""What goes wrong with counting is said once in the log, and stops no forecast."""

import re
import resource
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.request import BODY
from tests.support.server import Server, refusal_to_start, running, serve, wait_until


def forecast(server: Server) -> None:
    """Ask for a forecast; an error where there is none."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.http}/v1/prediction", BODY, headers)
    urllib.request.urlopen(request, timeout=10).close()


def exposed(server: Server) -> float:
    """How many forecasts it has counted."""
    with urllib.request.urlopen(f"{server.http}/metrics", timeout=10) as answer:
        counts = re.findall(r"box_office_requests_total{.*} (.+)", answer.read().decode())
    return sum(map(float, counts))


def replace_worker(server: Server) -> None:
    """Kill the only worker and wait for the next one."""
    before = server.started_workers()
    server.workers()[0].kill()
    wait_until(lambda: server.started_workers() == before + 1)
    server.wait_until_ready()


def said(server: Server, words: str) -> int:
    """How many lines of the log have these words."""
    return sum(words in line for line in server.log.read_text().splitlines())


@pytest.fixture(scope="module")
def server(model_tag: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has answered once."""
    with running(tmp_path_factory.mktemp("server")) as server:
        forecast(server)
        yield server


def test_the_files_that_are_counted_in_have_no_holes(server: Server) -> None:
    """Where a disk is full, a hole in a mapped file ends the process that writes to it."""
    sizes = [(file.stat().st_size, 512 * file.stat().st_blocks) for file in server.metrics()]

    assert len(sizes) == 2
    assert all(size <= allocated for size, allocated in sizes)


def test_the_folder_that_is_counted_in_is_of_this_server_and_this_user_alone(
    server: Server,
) -> None:
    [folder] = {file.parent for file in server.metrics()}

    assert 0o700 == folder.stat().st_mode & 0o777


def test_another_server_of_the_same_home_leaves_the_counts(server: Server) -> None:
    before = exposed(server)
    refusal_to_start(
        (*serve(), f"--port={server.port}"), server.home, BENTOML_HOME=str(server.home)
    )

    assert before
    assert before == exposed(server)


def test_a_worker_that_takes_the_place_of_another_goes_on_counting(server: Server) -> None:
    before = exposed(server)
    replace_worker(server)
    forecast(server)

    assert before + 1 == exposed(server)


def test_a_worker_that_finds_no_room_counts_for_itself_and_says_so_once(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path) as server:
        # As if the disk were full: there is room for the log, and not for a file to count in.
        server.process.rlimit(resource.RLIMIT_FSIZE, (32_000, 32_000))
        replace_worker(server)
        forecast(server)

        assert 1 == exposed(server)
        assert 1 == said(server, "This worker counts for itself alone: [Errno 27] File too large")
        assert "Traceback" not in server.log.read_text()


def test_a_folder_that_disappears_is_said_once_and_stops_no_forecast(
    model_tag: str, tmp_path: Path
) -> None:
    with running(tmp_path) as server:
        [folder] = {file.parent for file in server.metrics()}
        shutil.rmtree(folder)
        for _ in range(3):
            forecast(server)
            exposed(server)

        assert 1 == said(server, "Some requests are not counted: [Errno 2]")
        assert 1 == said(server, "This worker shows its own metrics alone")
        assert "Traceback" not in server.log.read_text()
