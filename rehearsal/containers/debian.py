"""The Debian packages behind the programs that the rehearsal calls."""

import os
import shutil

from service.errors import BoxOfficeError

_PACKAGES = {
    "debootstrap": "debootstrap debian-archive-keyring",
    "ip": "iproute2",
    "mount": "mount",
    "unshare": "util-linux",
}


def require(*programs: str) -> None:
    """Raises BoxOfficeError with the command that installs what is missing."""
    if missing := [name for name in programs if not shutil.which(name)]:
        packages = " ".join(sorted(_PACKAGES.get(name, name) for name in missing))
        raise BoxOfficeError(
            f"{', '.join(missing)} not found: `sudo apt-get install --yes {packages}`."
        )


def require_root() -> None:
    """Raises BoxOfficeError unless run as root, which namespaces and debootstrap need."""
    if os.geteuid() != 0:
        raise BoxOfficeError(
            "Containers without a Docker engine need root: run it with sudo, or start an engine."
        )
