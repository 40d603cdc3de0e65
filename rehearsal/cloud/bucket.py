"""A Cloud Storage emulator on loopback, and Google's own client to fill it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from rehearsal.port import free_port, wait_for


@dataclass(frozen=True)
class Bucket:
    """A bucket in the emulator at `address`."""

    name: str
    address: str

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead Google's clients to the emulator."""
        # Otherwise gcsfs asks over gRPC for the kind of bucket, which the emulator does not answer.
        return {
            "STORAGE_EMULATOR_HOST": self.address,
            "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",
        }

    @property
    def client(self) -> storage.Client:
        """The client of google-cloud-storage, without credentials."""
        return storage.Client(
            "box-office",
            credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
            client_options={"api_endpoint": self.address},
        )

    def objects(self, prefix: str = "") -> list[storage.Blob]:
        """The objects under a prefix."""
        return list(self.client.list_blobs(self.name, prefix=prefix))

    def upload(self, folder: Path, prefix: str) -> None:
        """Put the files of a folder under a prefix."""
        bucket = self.client.bucket(self.name)
        for path in sorted(folder.iterdir()):
            bucket.blob(f"{prefix}/{path.name}").upload_from_filename(str(path))

    def write(self, name: str, text: str) -> None:
        """Put a text there, in the place of what has this name."""
        self.client.bucket(self.name).blob(name).upload_from_string(text)

    def configure(self, project: Path) -> None:
        """Let the DVC of a project find its remote `storage` in the emulator."""
        (project / ".dvc" / "config.local").write_text(
            f"['remote \"storage\"']\nendpointurl = {self.address}\nallow_anonymous_login = true\n"
        )


@contextmanager
def bucket(name: str = "films") -> Iterator[Bucket]:
    """Run an emulator with one bucket, in memory."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("gcp-storage-emulator")), "start", "--in-memory"]
    server = subprocess.Popen(
        [*command, "--host=127.0.0.1", f"--port={port}", f"--default-bucket={name}"],
        # It prints a traceback whenever a client closes its connection early.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for("127.0.0.1", port)
        yield Bucket(name, f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(10)
