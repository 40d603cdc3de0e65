"""What an image contains, and promises about that: each is a function, as in contract.py."""

import json
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from rehearsal.containers.container import Container, Engine
from service.errors import BoxOfficeError

LOCK = Path("requirements/serve.txt")
_INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Contents:
    """What rehearsal/image/inside.py prints of an image."""

    uid: int
    environment: dict[str, str]  # the environment markers of its Python
    packages: dict[str, str]  # versions
    contested: dict[str, list[str]]  # files that several packages have installed, and which
    tools: list[str]  # of those that have no place in an image, the ones on its PATH
    modules: list[str]  # of those that have none, the ones that can be imported
    tables: list[str]  # files with films, and pickles
    writable: list[str]  # folders in which a file can be made
    changeable: list[str]  # files and folders that its user could change if the root were writable
    way_out: bool  # is there a route to another network?


def look(engine: Engine, image: str) -> Contents:
    """Run inside.py in an image; raises BoxOfficeError if that fails."""
    command = ("python", "-c", _INSIDE.read_text())
    return Contents(**json.loads(Container(image, command=command).output(engine)))


def its_packages_are_those_of_the_lock(contents: Contents) -> str:
    """The packages of requirements/serve.txt for this Python, in these versions, and no other."""
    here, wanted = _installed(contents), locked(LOCK, contents.environment)
    if here != wanted:
        differ = sorted(name for name in {*here, *wanted} if here.get(name) != wanted.get(name))
        raise BoxOfficeError(f"The image and {LOCK} differ in {', '.join(differ)}: build it again.")
    return f"{len(here)} packages for Python {contents.environment['python_full_version']}"


def each_file_is_of_one_package(contents: Contents) -> str:
    """What the lock pins is what runs: no package has put its file in the place of another's."""
    for path, names in contents.contested.items():
        raise BoxOfficeError(f"{' and '.join(names)} have both installed {path}: keep one of them.")
    return "no two packages have installed the same file"


def nothing_is_in_it_that_it_does_not_need(contents: Contents) -> str:
    """No compiler, no package manager, no git, and nothing of training or of its films."""
    if excess := contents.tools + contents.modules + contents.tables:
        raise BoxOfficeError(f"The image holds {', '.join(excess)}, which serving does not need.")
    return "no compiler, no git, no pip, no pandas, no scikit-learn, no table of films, no pickle"


def its_user_can_change_nothing_of_it(contents: Contents) -> str:
    """It does not run as root, and its user may change no file in it."""
    if contents.uid == 0:
        raise BoxOfficeError("The image runs as root: name another USER in Dockerfile.j2.")
    if excess := [path for path in contents.changeable if path != "/tmp"]:
        raise BoxOfficeError(f"The user of the image may change {', '.join(excess[:5])}.")
    return f"runs as user {contents.uid}, who owns no file"


def it_writes_to_tmp_alone(contents: Contents) -> str:
    """Its root is read-only, and /tmp is writable."""
    if contents.writable != ["/tmp"]:
        raise BoxOfficeError(
            f"The container may write to {contents.writable}, and not to /tmp alone."
        )
    return "read-only but for /tmp"


def it_needs_no_network(contents: Contents) -> str:
    """It runs in a network without a route to others."""
    if contents.way_out:
        raise BoxOfficeError("The container has a route to other networks: this proves nothing.")
    return "no route out, no volume"


def locked(lock: Path, environment: dict[str, str]) -> dict[str, str]:
    """The versions that a compiled requirements file pins for a Python."""
    lines = [line for line in lock.read_text().splitlines() if line[:1].isalnum()]
    pins = [Requirement(line.rstrip("\\ ")) for line in lines]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def _installed(contents: Contents) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in contents.packages.items()}


PROMISES = (
    its_packages_are_those_of_the_lock,
    each_file_is_of_one_package,
    nothing_is_in_it_that_it_does_not_need,
    its_user_can_change_nothing_of_it,
    it_writes_to_tmp_alone,
    it_needs_no_network,
)
