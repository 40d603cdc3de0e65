"""Data and models in a Cloud Storage bucket, through the real clients and an emulator."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from delivery import storage
from rehearsal.cloud.bucket import Bucket, bucket
from rehearsal.port import free_port
from service.errors import BoxOfficeError
from tests.support.films import invented_tables, write_tables
from tests.support.project import ROOT
from tests.support.sources import SHIPPED, learning_from
from training.common import source

PIPELINE = """
stages:
  train:
    cmd: printf 'a model' > model.txt
    outs: [model.txt]
"""


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, which all clients are led to."""
    with bucket("films") as films:
        for name, value in films.environment.items():
            monkeypatch.setenv(name, value)
        yield films


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the makefiles and parameters of the project, and a pipeline of its own."""
    folder = tmp_path_factory.mktemp("template")
    for name in ("delivery", "data"):
        (folder / name).mkdir()
    for name in ("Makefile", "delivery/workflows.mk", "data/openings.dvc"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "params.yaml").write_text(learning_from(SHIPPED))
    (folder / "dvc.yaml").write_text(PIPELINE)
    for command in ("git init --quiet", "dvc init --quiet", "dvc repro --quiet"):
        subprocess.run(command.split(), cwd=folder, check=True, env=environment())
    return folder


@pytest.fixture
def project(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that repository, entered."""
    monkeypatch.setenv("PATH", environment()["PATH"])
    monkeypatch.chdir(shutil.copytree(template, tmp_path / "project"))
    return tmp_path / "project"


WHO = {f"GIT_{r}_{p}": "a@b" for r in ("AUTHOR", "COMMITTER") for p in ("NAME", "EMAIL")}


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


@pytest.fixture
def shared(films: Bucket, project: Path) -> Path:
    """The repository with a remote in the bucket."""
    assert 0 == make_remote(project, "gs://films/box-office").returncode
    films.configure(project)
    return project


def forget(project: Path) -> None:
    """Lose what is tracked, as another machine has never had it."""
    (project / "model.txt").unlink()
    shutil.rmtree(project / ".dvc" / "cache")
    shutil.rmtree(project / ".dvc" / "tmp")


def refused(direction: str) -> str:
    """What a transfer says when it fails."""
    with pytest.raises(BoxOfficeError) as failure:
        storage.main([direction])
    return str(failure.value)


def test_what_is_pushed_to_a_bucket_is_pulled_from_it(shared: Path) -> None:
    assert 0 == storage.main(["push"])
    forget(shared)
    assert 0 == storage.main(["pull"])

    assert "a model" == (shared / "model.txt").read_text()


def test_what_is_imported_comes_with_it_for_those_who_learn_from_it_and_for_nobody_else(
    shared: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    write_tables(invented_tables(5), other / "raw")
    words = (("init",), ("add", "."), ("commit", "--message=Tables"))
    for each in words:
        subprocess.run(("git", *each), cwd=other, env=environment() | WHO, check=True)
    dvc(shared, "import", "--force", "--quiet", str(other), "raw", "--out", "data/openings")
    storage.main(["push"])
    forget(shared)
    shutil.rmtree(shared / "data" / "openings")

    storage.main(["pull"])
    assert not (shared / "data" / "openings").exists()

    settings = (shared / "params.yaml").read_text()
    (shared / "params.yaml").write_text(settings.replace("[data/open]", "[data/openings]"))
    storage.main(["pull"])
    assert 3 == len(list((shared / "data" / "openings").glob("*.csv")))

    shutil.rmtree(shared / "data" / "openings")
    forget(shared)
    shutil.rmtree(other)
    assert f"{other} cannot be reached: check the network" in refused("pull")


def test_what_was_pushed_by_half_is_not_pulled(shared: Path, films: Bucket) -> None:
    storage.main(["push"])
    forget(shared)
    for blob in films.objects():
        blob.delete()

    said = refused("pull")
    assert "dvc pull was not completed with gs://films/box-office" in said
    assert "comes back with `make train push`" in said
    assert not (shared / "model.txt").exists()


def test_what_was_damaged_in_the_bucket_is_not_pulled(shared: Path, films: Bucket) -> None:
    storage.main(["push"])
    forget(shared)
    for blob in films.objects():
        blob.upload_from_string("another model")

    assert "dvc pull was not completed with gs://films/box-office" in refused("pull")
    assert not (shared / "model.txt").exists()


@pytest.mark.parametrize("url", ["", "gs://", "s3://films"])
def test_a_remote_that_is_no_bucket_is_refused(project: Path, url: str) -> None:
    run = make_remote(project, url)

    assert 0 != run.returncode
    assert f"make remote needs URL=gs://bucket/prefix, not '{url}'" in run.stderr
    assert "storage" not in (project / ".dvc" / "config").read_text()


def test_raw_tables_are_read_from_a_bucket(films: Bucket, tmp_path: Path) -> None:
    films.upload(write_tables(invented_tables(5), tmp_path / "raw"), "raw")

    found = source.read("gs://films/raw", ["movies.csv"])

    assert found is not None
    assert "gs://films/raw/movies.csv" == found[0]
    assert 1 + 5 == len(found[1].splitlines())


def test_without_a_remote_the_way_to_name_one_is_told(project: Path) -> None:
    assert "DVC has no remote: name a bucket with `make remote" in refused("pull")


def test_a_remote_in_a_folder_is_not_taken_for_a_bucket(project: Path) -> None:
    dvc(project, "remote", "add", "--default", "folder", "/somewhere")

    assert "DVC's remote /somewhere is no bucket" in refused("pull")


def test_a_bucket_that_does_not_exist_is_named(films: Bucket) -> None:
    with pytest.raises(BoxOfficeError, match="The bucket nowhere does not exist: make it"):
        storage.reach("gs://nowhere/box-office")


def test_a_bucket_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(BoxOfficeError, match="The bucket films cannot be reached"):
        storage.reach("gs://films/box-office")


@pytest.fixture
def refusing() -> Iterator[str]:
    """The address of a Google that refuses everybody."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(403, {"error": {"message": "no", "code": 403}})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT"})

        def answer(self, status: int, body: dict[str, object]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_credentials_without_permission_are_told_the_role(
    refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", refusing)

    with pytest.raises(BoxOfficeError, match="may not list gs://films/x: they need roles/storage"):
        storage.reach("gs://films/x")


@pytest.fixture
def signed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME on a machine that is not in Google's cloud."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_credentials_the_guide_is_named(signed_out: Path) -> None:
    with pytest.raises(BoxOfficeError, match=r"no usable Google credentials .* docs/google-cloud"):
        storage.reach("gs://films/box-office")


@pytest.mark.parametrize("text", ["", "{}", '{"type": "service_account"}'])
def test_a_broken_file_of_credentials_is_refused_in_one_sentence(
    signed_out: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (signed_out / "key.json").write_text(text)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(signed_out / "key.json"))

    with pytest.raises(BoxOfficeError, match="no usable Google credentials"):
        storage.reach("gs://films/box-office")


def test_credentials_that_google_refuses_are_told_apart(
    signed_out: Path, refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    key = {
        "type": "service_account",
        "client_email": "deployer@films.invalid",
        "private_key": private.decode(),
        "token_uri": f"{refusing}/token",
        "project_id": "films",
    }
    (signed_out / "key.json").write_text(json.dumps(key))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(signed_out / "key.json"))

    with pytest.raises(BoxOfficeError, match="Google refused the credentials for gs://films"):
        storage.reach("gs://films/box-office")
