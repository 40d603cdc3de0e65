"""Does continuous training still run?

GitHub disables a schedule after 60 days without a commit, and the disabled workflow cannot report
that. So another workflow runs this check.
"""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from delivery.process import call_json
from service.errors import BoxOfficeError
from training.common.cli import run


def check(runs: list[dict[str, Any]], longest: timedelta, now: datetime) -> str:
    """One line on the last success; raises BoxOfficeError if it is too long ago.

    A workflow that never ran, as in a new fork, is fine.
    """
    if not runs:
        return "it has never run"
    good = [when(each) for each in runs if each["conclusion"] == "success"]
    last = max(good, default=None)
    if last is None and now - min(map(when, runs)) <= longest:
        return "it has not succeeded yet"
    if last is None or now - last > longest:
        ago = f"{(now - last).days} days ago" if last else "never"
        raise BoxOfficeError(
            f"the last success was {ago}, {longest.days} days are allowed: look at its runs, and "
            "switch its schedule on again with `gh workflow enable train.yml`."
        )
    return f"the last success was {(now - last).days} days ago"


def when(each: dict[str, Any]) -> datetime:
    """When a run was created."""
    return datetime.fromisoformat(each["createdAt"])


def main(argv: list[str] | None = None) -> int:
    """Check the newest runs of a workflow."""
    parser = argparse.ArgumentParser(prog="python -m delivery.freshness", description=__doc__)
    parser.add_argument("--workflow", default="train.yml")
    parser.add_argument("--days", type=int, default=16, help="since the last success (%(default)s)")
    arguments = parser.parse_args(argv)
    words = (f"--workflow={arguments.workflow}", "--branch=main", "--limit=100")
    runs = call_json("gh", "run", "list", *words, "--json=conclusion,createdAt")
    try:
        line = check(runs, timedelta(days=arguments.days), datetime.now(UTC))
    except BoxOfficeError as error:
        print(f"::error title=Continuous training::{arguments.workflow}: {error}")
        raise
    print(f"freshness: {arguments.workflow}: {line}")
    return 0


if __name__ == "__main__":
    run("freshness", main)
