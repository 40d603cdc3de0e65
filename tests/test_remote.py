"""Data and models in a Cloud Storage bucket, through the real clients and an emulator."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, invented_tables
from gcp_storage_emulator.server import create_server
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from serving import free_port

from training import ingest

BUCKET = "films"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty Cloud Storage with one bucket."""
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    # gcsfs asks over gRPC what kind of bucket it is, which the emulator cannot say.
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    yield address
    server.stop()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the Makefile of the project and one tracked file."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "model.txt").write_text("a model")
    for command in ("git init --quiet", "dvc init --quiet", "dvc add --quiet model.txt"):
        subprocess.run(command.split(), cwd=tmp_path, check=True, env=environment())
    return tmp_path


def environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "DVC_NO_ANALYTICS": "1"}


def make_remote(project: Path, url: str) -> subprocess.CompletedProcess[str]:
    # The packages are there: without `-o` make would install them into the copy.
    command = ["make", "-o", "install", "remote", f"URL={url}"]
    return subprocess.run(
        command, cwd=project, env=environment(), capture_output=True, text=True, check=False
    )


def dvc(project: Path, *arguments: str) -> None:
    subprocess.run(["dvc", *arguments], cwd=project, env=environment(), check=True, timeout=120)


def test_what_is_pushed_to_a_bucket_is_pulled_from_it(emulator: str, project: Path) -> None:
    assert 0 == make_remote(project, f"gs://{BUCKET}/box-office").returncode
    dvc(project, "remote", "modify", "--local", "storage", "endpointurl", emulator)
    dvc(project, "remote", "modify", "--local", "storage", "allow_anonymous_login", "true")

    dvc(project, "push", "--quiet")
    (project / "model.txt").unlink()
    shutil.rmtree(project / ".dvc" / "cache")
    dvc(project, "pull", "--quiet")

    assert "a model" == (project / "model.txt").read_text()


@pytest.mark.parametrize("url", ["", "gs://", "s3://films"])
def test_a_remote_that_is_no_bucket_is_refused(project: Path, url: str) -> None:
    run = make_remote(project, url)

    assert 0 != run.returncode
    assert f"make remote needs URL=gs://bucket/prefix, not '{url}'" in run.stderr
    assert "storage" not in (project / ".dvc" / "config").read_text()


def test_raw_tables_are_read_from_a_bucket(emulator: str) -> None:
    client = storage.Client(
        "box-office",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": emulator},
    )
    text = invented_tables(5)["movies"].to_csv(index=False)
    client.bucket(BUCKET).blob("raw/movies.csv").upload_from_string(text)
    client.close()

    found = ingest.read(f"gs://{BUCKET}/raw", ["movies.csv"])

    assert found is not None
    assert f"gs://{BUCKET}/raw/movies.csv" == found[0]
    assert 5 == len(found[1])
