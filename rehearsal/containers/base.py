"""The Python base image of the rehearsal, made of Debian packages instead of pulled."""

import os
import shutil
from pathlib import Path

from delivery.process import call
from rehearsal.containers.debian import require

RELEASE = "bookworm"  # the Debian release whose Python is that of bentofile.yaml
_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


def image(release: str = RELEASE) -> str:
    """The name of the base image in buildah's store; it is made if it is not there yet.

    Making it takes two minutes. Raises BoxOfficeError if it cannot be made.
    """
    require("buildah", "debootstrap")
    name = f"localhost/box-office-base:{release}"
    if not call("buildah", "images", "--quiet", "--filter", f"reference={name}"):
        _make(name, release)
    return name


def _make(name: str, release: str) -> None:
    container = call("buildah", "from", "scratch").strip()
    try:
        root = Path(call("buildah", "mount", container).strip())
        options = ("--variant=minbase", "--force-check-gpg", f"--include={_PACKAGES}")
        call("debootstrap", *options, release, str(root))
        _adapt(root)
        call("buildah", "config", f"--env=PATH={_PATH}", container)
        call("buildah", "commit", "--quiet", container, name)
    finally:
        call("buildah", "rm", container)


def _adapt(root: Path) -> None:
    """Allow pip to install, copy the trusted certificates, and remove this machine's names."""
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    trusted = os.environ.get("SSL_CERT_FILE") or f"/{_CERTIFICATES}"
    shutil.copyfile(trusted, root / _CERTIFICATES)
    for path in ("etc/hostname", "etc/resolv.conf"):
        (root / path).unlink(missing_ok=True)
