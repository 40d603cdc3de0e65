"""Run the tests on BentoML's newest release; keep one issue on whether they pass.

The two are two steps, of two jobs: what was released today runs beside no token.
"""

import argparse
import os
import re
from pathlib import Path

from delivery import issues
from delivery.actions import output
from delivery.process import call, stream
from service.errors import BoxOfficeError
from training.common.cli import run

PACKAGE = "bentoml"
LOCK = Path("requirements/dev.txt")
TITLE = "The tests fail on BentoML's newest release"
PASSED, FAILED = "passed", "failed"
# It holds that what is installed is what the locks say.
_LEFT_OUT = "tests/project/test_environment.py"


def locked() -> str:
    """The version that the tests usually run on."""
    found = re.findall(rf"^{PACKAGE}==(\S+)", LOCK.read_text(encoding="utf-8"), re.M)
    if len(found) != 1:
        raise BoxOfficeError(f"{LOCK} pins {PACKAGE} {len(found)} times: run `make lock`.")
    return str(found[0])


def install(folder: Path) -> str:
    """Make an environment of the lock with the newest release; returns its version.

    Nothing else is newer than in the lock, but for what that release insists on.
    """
    python = f"--python={folder / 'bin' / 'python'}"
    call("uv", "venv", "--quiet", "--clear", str(folder))
    call("uv", "pip", "sync", "--quiet", python, str(LOCK))
    call("uv", "pip", "install", "--quiet", python, f"--upgrade-package={PACKAGE}", PACKAGE)
    program = f"from importlib.metadata import version; print(version({PACKAGE!r}))"
    return call(str(folder / "bin" / "python"), "-c", program).strip()


def test(folder: Path) -> str:
    """Run the tests in that environment, unless it is the usual one; PASSED or FAILED."""
    version = install(folder)
    output("version", version)
    if version == locked():
        print(f"newest: {PACKAGE} {version} is what the tests run on every day")
        return PASSED
    os.environ["PATH"] = f"{(folder / 'bin').absolute()}:{os.environ['PATH']}"
    words = (str(folder / "bin" / "python"), "-m", "pytest", f"--ignore={_LEFT_OUT}")
    return PASSED if stream(*words) == 0 else FAILED


def tell(outcome: str, version: str, link: str) -> str:
    """Open, update or close the issue; returns what was done.

    Raises BoxOfficeError where the tests have not run to their end.
    """
    if outcome not in (PASSED, FAILED) or not re.fullmatch(r"[\w.+-]{1,40}", version):
        raise BoxOfficeError(f"It could not be told whether the tests pass: see {link}.")
    there = issues.find([TITLE], TITLE)
    if outcome == PASSED:
        return issues.close(there, f"They pass on {version}: see [this run]({link}).")
    body = (
        f"On {PACKAGE} {version} they fail: [this run]({link}) says which, and how. Here, "
        f"`make newest` runs them.\n\n{LOCK} pins {locked()}, so that nothing is broken yet.\n"
    )
    return issues.keep(there, TITLE, body)


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m delivery.newest", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    testing = steps.add_parser("test", help="run the tests; outputs version and outcome")
    testing.add_argument("environment", type=Path, help="folder, which is made anew")
    telling = steps.add_parser("tell", help="keep the issue")
    telling.add_argument("outcome", help=f"{PASSED} or {FAILED}")
    telling.add_argument("--release", required=True, metavar="VERSION")
    telling.add_argument("--run", required=True, metavar="URL", help="which it is told of")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Test, or tell."""
    arguments = parse(argv)
    if arguments.step == "test":
        output("outcome", outcome := test(arguments.environment))
        return 0 if outcome == PASSED else 1
    print(f"newest: {tell(arguments.outcome, arguments.release, arguments.run)}")
    return 0


if __name__ == "__main__":
    run("newest", main)
