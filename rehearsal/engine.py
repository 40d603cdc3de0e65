"""Which engine runs the containers of the rehearsal."""

from delivery.process import CommandFailed, call
from rehearsal.buildah import Buildah
from rehearsal.container import Engine
from rehearsal.debian import require, require_root
from rehearsal.docker import Docker


def choose() -> Engine:
    """Docker where an engine answers, else buildah; raises BoxOfficeError with what to install."""
    try:
        call("docker", "info", timeout=30)
    except CommandFailed:
        require("buildah", "debootstrap", "ip", "mount", "unshare")
        require_root()
        return Buildah()
    return Docker()
