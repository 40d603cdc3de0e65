"""Put the report on its pull request, in one comment that later reports replace.

Code that nobody has reviewed wrote the report. So one file of what it left is read, as text and up
to the length that GitHub takes, and the number of the pull request comes from the event.
"""

import argparse
import tempfile
from pathlib import Path

from delivery.process import call
from delivery.propose import LONGEST
from training.common.cli import run
from training.review import REVIEW

FAILED = "## What this changes in the forecasts\n\n**Unknown: [the run]({run}) ended before it.**\n"


def read(folder: Path, run_url: str) -> str:
    """The report in a folder that anybody may have filled, or a sentence that there is none."""
    path = folder / REVIEW.name
    if path.is_symlink() or not path.is_file():
        return FAILED.format(run=run_url)
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(LONGEST)


def publish(text: str, pull_request: int) -> str:
    """The URL of the comment, whose older text it replaces."""
    with tempfile.TemporaryDirectory(prefix="box-office-") as folder:
        file = Path(folder) / REVIEW.name
        file.write_text(text, encoding="utf-8")
        words = ("--publish=false", "--watermark-title=forecasts", f"--target=pr/{pull_request}")
        return call("cml", "comment", "update", *words, str(file)).strip()


def main(argv: list[str] | None = None) -> int:
    """Comment."""
    parser = argparse.ArgumentParser(prog="python -m delivery.comment", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the reports; there may be none")
    parser.add_argument("--pull-request", type=int, required=True, metavar="NUMBER")
    parser.add_argument("--run", required=True, metavar="URL", help="which the report is of")
    arguments = parser.parse_args(argv)
    text = read(arguments.folder, arguments.run)
    print(f"comment: {publish(text, arguments.pull_request)}")
    return 0


if __name__ == "__main__":
    run("comment", main)
