"""Containers of a Docker engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from delivery import base
from delivery.process import call
from rehearsal.containers.container import Container, Place
from rehearsal.containers.network import Network


class Docker:
    """A Docker engine, used through the program `docker`."""

    name = "docker"

    def base(self) -> str:
        """The base image, pulled here because a build does not put it into the local store."""
        pinned = base.pinned()
        call("docker", "pull", "--quiet", pinned)
        return pinned

    def keep(self, published: str) -> str:
        """Pull the image from the registry, as Cloud Run does."""
        call("docker", "pull", "--quiet", published)
        return published

    def size(self, image: str) -> int:
        """Bytes of all layers of an image, uncompressed."""
        return int(call("docker", "image", "inspect", "--format", "{{.Size}}", image))

    def label(self, image: str, name: str) -> str:
        """A label of an image, or nothing."""
        wanted = f'{{{{ index .Config.Labels "{name}" }}}}'
        return call("docker", "image", "inspect", "--format", wanted, image).strip()

    @contextmanager
    def place(self, container: Container) -> Iterator[Place]:
        """A network without a route to others, and a name for the container."""
        network = Network()
        name = network.name
        call("docker", "network", "create", "--internal", f"--subnet={network.subnet}", name)
        try:
            yield Place(
                (
                    *("docker", "run", f"--name={name}", "--pull=never"),
                    *("--read-only", "--tmpfs=/tmp", f"--network={name}", f"--ip={network.inside}"),
                    *(f"--env={key}={value}" for key, value in container.variables.items()),
                    *(container.image, *container.command),
                ),
                network.inside,
                lambda _: _terminate(name),
            )
        finally:
            call("docker", "rm", "--force", name)
            call("docker", "network", "rm", name)


def _terminate(name: str) -> None:
    call("docker", "kill", "--signal=TERM", name)
