"""The raw tables are read from a folder or a URL; what cannot be read is said with its reason."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import aiohttp
import fsspec
import pytest

from rehearsal.cloud.bucket import bucket
from rehearsal.port import free_port
from service.errors import BoxOfficeError
from training.common import source

NAMES = ("movies.csv", "films.csv")
ELSEWHERE = r"set ingest\.source in params\.yaml to a folder or URL that you can read\."


class Host(BaseHTTPRequestHandler):
    """Answers with the status that the path begins with, and sometimes not to the end."""

    over = threading.Event()

    def do_GET(self) -> None:
        _, kind, name = self.path.split("/")
        if kind == "silent":
            self.over.wait()
            return
        missing = kind == "200" and name != "films.csv"
        self.send_response(200 if kind == "cut" else 404 if missing else int(kind))
        self.send_header("Content-Length", "9" if kind == "cut" else "4")
        self.end_headers()
        self.wfile.write(b"Heat")

    def log_message(self, *message: object) -> None:
        pass


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """The address of a server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Host.over.set()
        server.shutdown()


@pytest.mark.parametrize("end", ["", "/"])
def test_a_folder_is_read(tmp_path: Path, end: str) -> None:
    (tmp_path / "films.csv").write_text("Heat")

    assert (f"{tmp_path}/films.csv", b"Heat") == source.read(f"{tmp_path}{end}", NAMES)


@pytest.mark.parametrize("end", ["", "/"])
def test_a_web_server_is_read(host: str, end: str) -> None:
    assert (f"{host}/200/films.csv", b"Heat") == source.read(f"{host}/200{end}", NAMES)


def test_another_kind_of_url_is_read() -> None:
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/raw/movies.csv", b"Heat")
    try:
        assert ("memory://raw/movies.csv", b"Heat") == source.read("memory://raw", NAMES)
    finally:
        fs.rm("/raw", recursive=True)


def test_a_bucket_is_read_and_one_that_does_not_exist_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "films.csv").write_text("Heat")
    with bucket() as films:
        films.upload(tmp_path, "raw")
        for name, value in films.environment.items():
            monkeypatch.setenv(name, value)

        assert ("gs://films/raw/films.csv", b"Heat") == source.read("gs://films/raw", NAMES)
        assert source.read("gs://films/raw", ("movies.csv",)) is None
        assert source.read("gs://flats/raw", NAMES) is None


def test_what_is_not_there_is_not_an_error(tmp_path: Path, host: str) -> None:
    assert source.read(f"{tmp_path}/absent", NAMES) is None
    assert source.read(f"{host}/404", NAMES) is None


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_refusal_is_not_taken_for_a_missing_file(host: str, status: int) -> None:
    said = rf"{host}/{status}/movies\.csv cannot be read \({status}, .+\): {ELSEWHERE}"

    with pytest.raises(BoxOfficeError, match=said):
        source.read(f"{host}/{status}", NAMES)


def test_an_answer_that_breaks_off_is_not_taken_for_a_table(host: str) -> None:
    with pytest.raises(
        BoxOfficeError, match=rf"cut/movies\.csv cannot be read \(.+\): {ELSEWHERE}"
    ):
        source.read(f"{host}/cut", NAMES)


def test_a_host_that_cannot_be_reached_is_named() -> None:
    address = f"127.0.0.1:{free_port()}"
    said = rf"http://{address}/raw/movies\.csv cannot be reached \(.*{address}.*\): check the add"

    with pytest.raises(BoxOfficeError, match=said):
        source.read(f"http://{address}/raw", NAMES)


def test_a_host_that_says_nothing_is_not_waited_for(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PATIENCE", aiohttp.ClientTimeout(sock_read=0.1))
    said = r"silent/movies\.csv cannot be reached \(no answer in time\): check the address and the"

    with pytest.raises(BoxOfficeError, match=said):
        source.read(f"{host}/silent", NAMES)


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").mkdir()

    with pytest.raises(BoxOfficeError, match=rf"movies\.csv cannot be read \(.+\): {ELSEWHERE}"):
        source.read(str(tmp_path), NAMES)


@pytest.mark.parametrize(
    ("url", "reason"), [("gopher://films", "gopher"), ("s3://films/raw", "s3fs")]
)
def test_a_url_of_an_unknown_kind_is_named(url: str, reason: str) -> None:
    with pytest.raises(
        BoxOfficeError, match=rf"{url} cannot be read \(.*{reason}.*\): {ELSEWHERE}"
    ):
        source.read(url, NAMES)
