"""Choose the container engine of the rehearsal."""

from delivery.process import CommandFailed, call
from rehearsal.containers.buildah import Buildah
from rehearsal.containers.container import Engine
from rehearsal.containers.debian import require, require_root
from rehearsal.containers.docker import Docker


def choose() -> Engine:
    """Docker if its engine answers, else buildah; raises BoxOfficeError with what to install."""
    try:
        call("docker", "info", timeout=30)
    except CommandFailed:
        require("buildah", "debootstrap", "ip", "mount", "unshare")
        require_root()
        return Buildah()
    return Docker()
