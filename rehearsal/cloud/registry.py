"""A real image registry on loopback, in place of Artifact Registry."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rehearsal.port import free_port, wait_for


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Run a registry with its images in a folder; gives host:port. Needs docker-registry."""
    port = free_port()
    config = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (folder / "registry.yml").write_text(json.dumps(config))
    with (folder / "registry.log").open("w") as log:
        command = ["docker-registry", "serve", str(folder / "registry.yml")]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for("127.0.0.1", port)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
