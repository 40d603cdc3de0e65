"""Containers without a Docker engine: buildah's images in namespaces of the kernel."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from delivery.image import LOCAL, built
from delivery.process import call, call_json
from rehearsal.containers import base
from rehearsal.containers.container import Container, Place
from rehearsal.containers.network import Network
from service.errors import BoxOfficeError

# Runs in the namespaces of the container, still as root; its mounts end with the namespaces.
_MOUNT = """
root=$1; shift
mount -o bind,ro,nosuid "$root" "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
for device in full null random urandom zero; do
    : > "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,ro "$root/dev"
echo localhost > /proc/sys/kernel/hostname
exec "$@"
"""
_NAMESPACES = ("--mount", "--pid", "--ipc", "--uts", "--fork")


class Buildah:
    """A container engine made of buildah, unshare and ip; all three need root."""

    name = "buildah"

    def base(self) -> str:
        """The base image, made of Debian packages."""
        return base.image()

    def keep(self, published: str) -> str:
        """The id of the image, because the next build takes the name over."""
        return built(LOCAL)

    def size(self, image: str) -> int:
        """Bytes of all layers of an image, uncompressed."""
        manifest = json.loads(_inspect(image)["Manifest"])
        return sum(int(layer["size"]) for layer in manifest["layers"])

    def label(self, image: str, name: str) -> str:
        """A label of an image, or nothing."""
        return str(_inspect(image)["OCIv1"]["config"].get("Labels", {}).get(name, ""))

    @contextmanager
    def place(self, container: Container) -> Iterator[Place]:
        """A network and a copy of the image, which the container sees read-only."""
        config = _inspect(container.image)["OCIv1"]["config"]
        network = Network()
        with _root(container.image) as root, network.namespace() as namespace:
            yield Place(
                (
                    *("ip", "netns", "exec", namespace, "unshare", *_NAMESPACES),
                    *("sh", "-ec", _MOUNT, "sh", str(root)),
                    *_as_its_user(config, root, container),
                ),
                network.inside,
                _terminate,
            )


def _inspect(image: str) -> Any:
    return call_json("buildah", "inspect", "--type", "image", image)


@contextmanager
def _root(image: str) -> Iterator[Path]:
    container = call("buildah", "from", "--pull-never", image).strip()
    try:
        root = Path(call("buildah", "mount", container).strip())
        # Every container engine writes this file; without it localhost has no address.
        (root / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        yield root
    finally:
        call("buildah", "rm", container)


def _as_its_user(config: dict[str, Any], root: Path, container: Container) -> tuple[str, ...]:
    """A command that runs the image's program with its root, user, folder and variables only."""
    uid, gid = _ids(root, config.get("User", ""))
    variables = [f"{name}={value}" for name, value in container.variables.items()]
    entrypoint, command = config.get("Entrypoint") or (), container.command or config.get("Cmd")
    return (
        *("env", "--ignore-environment", *config["Env"], *variables),
        # By its full path, because PATH is now that of the image.
        *(shutil.which("unshare") or "unshare", f"--root={root}"),
        *(f"--wd={config.get('WorkingDir') or '/'}", f"--setuid={uid}", f"--setgid={gid}"),
        *("--", *entrypoint, *(command or ())),
    )


def _ids(root: Path, user: str) -> tuple[str, str]:
    """The ids of the image's user and its group; the image has a name or a number."""
    for line in (root / "etc" / "passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if (user or "root") in (name, uid):
            return uid, gid
    raise BoxOfficeError(f"The image is to run as {user}, whom its etc/passwd does not know.")


def _terminate(pid: int) -> None:
    """Send SIGTERM to the child of unshare, because unshare does not pass signals on."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        os.kill(int(child), signal.SIGTERM)
