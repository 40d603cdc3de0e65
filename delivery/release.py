"""A release: the changelog, the code and a tag of git say the same version.

Without a version it tells what would be done. With one it does that: it writes and commits, and on
main puts the tag on the commit. On another branch the tag comes later: when the commit has been
merged, the same command on main finds all written, and tags.
"""

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from delivery.process import call
from service.errors import BoxOfficeError
from training.common.cli import run
from training.common.files import write_together

CHANGELOG = Path("CHANGELOG.md")
CODE = Path("service/__init__.py")
CLIENT = Path("clients/python/pyproject.toml")
MAIN = "main"
_HEADING = "## Unreleased\n"
_SAID = {
    CODE: re.compile(r'^(__version__ = ")([^"]*)(")', re.M),
    CLIENT: re.compile(r'^(version = ")([^"]*)(")', re.M),
}
_NUMBERS = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@dataclass(frozen=True, order=True)
class Version:
    """Three numbers, as Semantic Versioning has them."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read X.Y.Z, also with a v before it; raises BoxOfficeError."""
        match = _NUMBERS.fullmatch(text.removeprefix("v"))
        if not match:
            raise BoxOfficeError(f"A version has three numbers, as 0.1.0, unlike {text!r}.")
        return cls(*map(int, match.groups()))

    def __str__(self) -> str:
        """As X.Y.Z."""
        return f"{self.major}.{self.minor}.{self.patch}"

    def successors(self) -> str:
        """The versions that may follow."""
        patch = Version(self.major, self.minor, self.patch + 1)
        minor = Version(self.major, self.minor + 1, 0)
        return f"{patch}, {minor} or {Version(self.major + 1, 0, 0)}"


def said(path: Path) -> Version:
    """The version that a file says; raises BoxOfficeError where it says none."""
    match = _SAID[path].search(path.read_text(encoding="utf-8"))
    if not match:
        raise BoxOfficeError(f"{path} says no version.")
    return Version.parse(match[2])


def tagged() -> list[Version]:
    """The versions that have a tag, the newest last."""
    tags = call("git", "tag", "--list", "v*").split()
    return sorted(Version.parse(tag) for tag in tags if _NUMBERS.fullmatch(tag[1:]))


def check(version: Version) -> None:
    """Raises BoxOfficeError unless this version may come now."""
    tags = tagged()
    if version in tags:
        raise BoxOfficeError(f"There is a tag v{version} already; name a newer one.")
    if tags and version < tags[-1]:
        raise BoxOfficeError(f"{version} is not newer than {tags[-1]}, which is the newest tag.")
    if version < said(CODE):
        raise BoxOfficeError(f"{version} is older than the code, which is {said(CODE)}.")
    if changed := call("git", "status", "--porcelain", "--untracked-files=no").split():
        raise BoxOfficeError(f"{changed[-1]} was changed: commit it before a release.")


def edits(version: Version, day: str) -> dict[Path, str]:
    """The files that have to say something else, and what; none, where all is written."""
    after = {path: _versioned(path, version) for path in _SAID if path.exists()}
    after[CHANGELOG] = _closed(CHANGELOG.read_text(encoding="utf-8"), version, day)
    return {path: text for path, text in after.items() if text != path.read_text(encoding="utf-8")}


def _versioned(path: Path, version: Version) -> str:
    said(path)
    return _SAID[path].sub(rf"\g<1>{version}\g<3>", path.read_text(encoding="utf-8"), count=1)


def _closed(text: str, version: Version, day: str) -> str:
    """The changelog, where what was unreleased is under a version; raises BoxOfficeError."""
    if re.search(rf"^## {re.escape(str(version))} - ", text, re.M):
        return text
    before, heading, after = text.partition(_HEADING)
    if not re.match(r"\s*(?!## )\S", after):
        raise BoxOfficeError(f"{CHANGELOG} has nothing under {_HEADING.strip()!r} to release.")
    return f"{before}{heading}\n## {version} - {day}\n{after}"


def plan(version: Version, changes: dict[Path, str], branch: str) -> list[str]:
    """What is to be done, in order."""
    tag = f"tag v{version}" if branch == MAIN else f"tag v{version}, once it is on {MAIN}"
    files = ", ".join(map(str, changes))
    return [*([f"write {files}", f"commit `Release v{version}` on {branch}"] if files else []), tag]


def carry_out(version: Version, changes: dict[Path, str], branch: str) -> str:
    """Write, commit and tag; returns what is left to do."""
    if changes:
        write_together(changes)
        message = f"--message=Release v{version}"
        call("git", "commit", "--quiet", message, "--", *map(str, changes))
    if branch != MAIN:
        return f"merge {branch}; then `make release VERSION={version}` on {MAIN} tags it"
    call("git", "tag", "--annotate", f"--message=Box Office {version}", f"v{version}")
    return f"`git push origin {MAIN} v{version}`"


def main(argv: list[str] | None = None) -> int:
    """Tell what a release would do, or make one."""
    parser = argparse.ArgumentParser(prog="python -m delivery.release", description=__doc__)
    parser.add_argument("version", nargs="?", help="as 0.1.0; without one, nothing is done")
    wanted = parser.parse_args(argv).version
    tags, code = tagged(), said(CODE)
    newest = f"v{tags[-1]}" if tags else "none"
    print(f"release: the code is {code}, the newest tag is {newest}")
    if not wanted and tags and code <= tags[-1]:
        print(f"release: `make release VERSION=` is for {tags[-1].successors()}")
        return 0
    version = Version.parse(wanted) if wanted else code
    check(version)
    branch = call("git", "rev-parse", "--abbrev-ref", "HEAD").strip()
    changes = edits(version, datetime.now(UTC).date().isoformat())
    for step in plan(version, changes, branch):
        print(f"release: {step}")
    if wanted:
        print(f"release: done; what is left is to {carry_out(version, changes, branch)}")
    else:
        print(f"release: nothing was done; `make release VERSION={version}` does it")
    return 0


if __name__ == "__main__":
    run("release", main)
