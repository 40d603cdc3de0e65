"""Ask for advisories on what is pinned and on the image that was deployed; keep one issue on them.

Of packages, every advisory counts. Of the image, which has a whole Debian below them, those do
that are severe and have a fix: that is what a newer base, or another deployment, would change.
"""

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from delivery import issues
from delivery.actions import output, summary
from delivery.process import CommandFailed, call, call_json
from service.errors import BoxOfficeError
from training.common.cli import run
from training.reporting.markdown import table

TITLE = "Advisories are known of what is installed"
LOCKS = Path("requirements")
BILL, SCAN = Path("sbom.spdx.json"), Path("scan.json")
SEVERE = ("High", "Critical")
_RUNS = 20  # of deploy.yml, of which some were rollbacks or failed
_HEADER = ["of", "package", "version", "advisory", "fixed in"]
_WAY_OUT = (
    "`make lock` pins other packages, after a line in `requirements/*.in` where they are ours; "
    "`make base` names a newer base of the image. What does not concern this project goes into "
    "`ACCEPTED` in `delivery/workflows.mk`, with the reason."
)


class Advisory(NamedTuple):
    """An advisory on a package in one place: a lock, or the image."""

    place: str
    package: str
    version: str
    identity: str
    fixed: str  # versions, with commas; nothing where there is none

    def cells(self) -> list[str]:
        """A row of the table."""
        link = f"[{self.identity}](https://osv.dev/vulnerability/{self.identity})"
        return [self.place, self.package, self.version, link, self.fixed]


def of_lock(program: str, lock: Path, accepted: Iterable[str]) -> Iterator[Advisory]:
    """What pip-audit knows of the packages of a lock; raises CommandFailed if it cannot tell."""
    words = (
        "--strict",
        "--require-hashes",
        "--disable-pip",
        "--format=json",
        f"--requirement={lock}",
    )
    ignored = (f"--ignore-vuln={identity}" for identity in accepted)
    done = subprocess.run([program, *words, *ignored], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        said = done.stderr.strip().splitlines() or ["it did not say why."]
        raise CommandFailed(f"pip-audit could not ask about {lock}: {said[-1]}") from error
    for package in packages:
        if reason := package.get("skip_reason"):
            raise CommandFailed(f"pip-audit could not ask about {package['name']}: {reason}")
        for each in package["vulns"]:
            fixed = ", ".join(each["fix_versions"])
            yield Advisory(lock.stem, package["name"], package["version"], each["id"], fixed)


def of_image(scan: Path, accepted: Iterable[str]) -> Iterator[Advisory]:
    """The severe ones that Grype has found and that have a fix; raises BoxOfficeError."""
    try:
        matches = json.loads(scan.read_text(encoding="utf-8"))["matches"]
        for match in matches:
            found, artifact = match["vulnerability"], match["artifact"]
            counts = found["severity"] in SEVERE and found["fix"]["state"] == "fixed"
            if counts and found["id"] not in accepted:
                fixed = ", ".join(found["fix"]["versions"])
                name, version = artifact["name"], artifact["version"]
                yield Advisory("image", name, version, found["id"], fixed)
    except (ValueError, KeyError, TypeError) as error:
        raise BoxOfficeError(f"{scan} is not what Grype writes as JSON.") from error


def report(advisories: list[Advisory], link: str) -> str:
    """The text of the issue."""
    rows = table(_HEADER, [each.cells() for each in advisories], text=len(_HEADER))
    return f"{rows}\n\n{_WAY_OUT}\n\nOf [this run]({link}).\n"


def tell(advisories: list[Advisory], link: str) -> str:
    """Open, update or close the issue; returns what was done."""
    there = issues.find([TITLE], TITLE)
    if not advisories:
        return issues.close(there, "None is known any more.")
    body = report(advisories, link)
    summary(body)
    return issues.keep(there, TITLE, body)


def fetch_bill() -> str:
    """Get the bill of materials of the image that was deployed last; its path, or nothing."""
    words = ("--workflow=deploy.yml", "--branch=main", f"--limit={_RUNS}")
    runs: list[dict[str, Any]] = call_json("gh", "run", "list", *words, "--json=databaseId")
    for each in runs:
        with tempfile.TemporaryDirectory() as folder:
            names = (f"--name={BILL.name}", f"--dir={folder}")
            try:
                call("gh", "run", "download", str(each["databaseId"]), *names)
            except CommandFailed:  # a rollback has none, and GitHub keeps none for ever
                continue
            BILL.write_bytes((Path(folder) / BILL.name).read_bytes())
            return str(BILL)
    return ""


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m delivery.advisories", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    steps.add_parser("bill", help="get that of the image deployed last; outputs sbom")
    telling = steps.add_parser("tell", help="ask, and keep the issue")
    telling.add_argument("--pip-audit", required=True, metavar="PROGRAM")
    telling.add_argument("--run", required=True, metavar="URL", help="which the report is of")
    telling.add_argument("--ignore-vuln", action="append", default=[], metavar="ID")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Get the bill of materials, or ask for advisories and keep the issue."""
    arguments = parse(argv)
    if arguments.step == "bill":
        output("sbom", bill := fetch_bill())
        print(f"advisories: {bill or 'no image was deployed lately'}")
        return 0
    accepted, found = arguments.ignore_vuln, set[Advisory]()
    for lock in sorted(LOCKS.glob("*.txt")):
        found.update(of_lock(arguments.pip_audit, lock, accepted))
    if BILL.exists():
        found.update(of_image(SCAN, accepted))
    print(f"advisories: {len(found)}; {tell(sorted(found), arguments.run)}")
    return 0


if __name__ == "__main__":
    run("advisories", main)
