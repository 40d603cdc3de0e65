"""Is what is served still right? Films asked about beside training, outcomes beside the promise.

Ends with 0, 1 where films have drifted from those of the training, 2 where a promise is broken, and
3 where it could not be told.
"""

import argparse
import json
import sys
import traceback
from pathlib import Path

import pandas as pd

from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training.common import params
from training.common.cli import sentence
from training.common.files import write_together
from training.common.paths import MODEL, OUTCOMES, REPORTS
from training.watching import journal
from training.watching.clock import clock
from training.watching.facts import facts, judged, kept
from training.watching.plots import draw
from training.watching.promise import promises
from training.watching.reference import Reference, load
from training.watching.report import PLOTS, Report
from training.watching.window import window

JSON, MARKDOWN = REPORTS / "watch.json", REPORTS / "watch.md"
FAILED = 3


def watch(
    known: journal.Journal, now: pd.Timestamp, reference: Reference, rules: params.Watch
) -> tuple[Report, dict[str, bytes]]:
    """What is seen at a time, and the pictures of it by file name."""
    until = known.until(now)
    table, counts = facts(until)
    films = judged(table)
    films = films[films["model"] == reference.tag]
    seen = window(until.forecasts, now, reference, rules)
    report = Report(reference.tag, seen, promises(films, reference, rules), counts, rules)
    return report, draw(seen.drift, films, rules)


def parse(argv: list[str] | None, rules: params.Watch) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.watch", description=__doc__)
    model = str(MODEL) if MODEL.is_dir() else f"{MODEL_NAME}:latest"
    parser.add_argument("--journal", default=rules.journal, help="folder or URL (%(default)s)")
    parser.add_argument("--model", default=model, help="folder or tag (%(default)s)")
    parser.add_argument("--now", type=clock, default="now", help="end of the window (%(default)s)")
    parser.add_argument("--days", type=int, default=rules.days, help="its length (%(default)s)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write reports/watch.md, .json and pictures, and print what to do; raises BoxOfficeError.

    Leaves no report behind where it fails: an older one must not be taken for it.
    """
    rules = params.load().watch
    arguments = parse(argv, rules)
    for path in (JSON, MARKDOWN):
        path.unlink(missing_ok=True)
    known = kept(OUTCOMES / "facts.csv") + journal.read(arguments.journal)
    rules = rules.model_copy(update={"days": arguments.days})
    report, pictures = watch(known, arguments.now, load(arguments.model), rules)
    files: dict[Path, str | bytes] = {REPORTS / PLOTS / name: p for name, p in pictures.items()}
    content = json.dumps(report.facts(), indent=2, allow_nan=False) + "\n"
    write_together({**files, JSON: content, MARKDOWN: report.markdown()})
    print(f"watch: {report.advice()}")
    return report.code


def command(argv: list[str] | None = None) -> int:
    """What main returns, and 3 for any error."""
    try:
        return main(argv)
    except (BoxOfficeError, OSError) as error:
        print(f"watch: {sentence(error)}", file=sys.stderr)
    except Exception:
        traceback.print_exc()
    return FAILED


if __name__ == "__main__":
    sys.exit(command())
