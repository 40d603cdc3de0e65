"""Look at what is served, and keep one issue on it: opened, updated and closed, never one a day.

Where a promise is newly broken, continuous training is started; its gate still decides.
"""

import argparse
import json
from contextlib import suppress

from delivery import issues
from delivery.actions import output, summary
from delivery.process import call
from service.errors import BoxOfficeError
from training import watch
from training.common.cli import run
from training.watching.report import BROKEN, DRIFT, QUIET

LOG = "box-office-watch"  # of Google Cloud; ops/google-cloud counts its entries
VERDICTS = {QUIET: "quiet", DRIFT: "drift", BROKEN: "broken", watch.FAILED: "failed"}
_SEVERITIES = {QUIET: "INFO", DRIFT: "WARNING"}

_ABOUT = "What is served"
TITLES = {DRIFT: f"{_ABOUT} has drifted", BROKEN: f"{_ABOUT} breaks its promise"}
RETRAINING = "train.yml"


def tell(code: int, advice: str, body: str) -> str:
    """Open, update or close the issue; start a training where a promise is newly broken.

    Returns what was done.
    """
    there = issues.find(TITLES.values(), _ABOUT)
    if code == QUIET:
        return issues.close(there, advice)
    title = TITLES[code]
    done = issues.keep(there, title, body)
    if code == BROKEN and not (there and there["title"] == title):
        call("gh", "workflow", "run", RETRAINING, "--ref=main")
        done += f", {RETRAINING} is started"
    return done


def note(project: str, code: int, message: str, link: str) -> None:
    """Write what was found into the log of a Google Cloud project, if there is one."""
    if project:
        entry = json.dumps({"verdict": VERDICTS[code], "message": message, "run": link})
        severity = f"--severity={_SEVERITIES.get(code, 'ERROR')}"
        words = ("--payload-type=json", severity, f"--project={project}", "--quiet")
        call("gcloud", "logging", "write", LOG, entry, *words)


def report(link: str) -> str:
    """The report as the text of an issue: without its pictures, which are not where that is."""
    lines = watch.MARKDOWN.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("!["))
    return f"{text}\n\nOf [this run]({link}).\n"


def look(arguments: argparse.Namespace) -> tuple[int, str]:
    """Watch, and tell GitHub; returns the code and the advice.

    Raises BoxOfficeError where it could not be told how things are.
    """
    code = watch.command(["--journal", arguments.journal, "--now", arguments.now])
    if code == watch.FAILED:
        raise BoxOfficeError("It could not be told whether what is served is right, see above.")
    body = report(arguments.run)
    summary(body)
    output("code", str(code))
    advice = str(json.loads(watch.JSON.read_text())["advice"])
    print(f"alarm: {tell(code, advice, body)}")
    return code, advice


def main(argv: list[str] | None = None) -> int:
    """Watch, tell GitHub, and write down what was found, or that nothing could be."""
    parser = argparse.ArgumentParser(prog="python -m delivery.alarm", description=__doc__)
    parser.add_argument("--run", required=True, metavar="URL", help="which the report is of")
    parser.add_argument("--journal", required=True, help="folder or URL")
    parser.add_argument("--now", default="now", help="end of the window (%(default)s)")
    parser.add_argument("--project", default="", help="of Google Cloud, whose log is to know")
    arguments = parser.parse_args(argv)
    try:
        code, advice = look(arguments)
    except Exception as error:
        with suppress(BoxOfficeError):  # the first error is the one to tell
            note(arguments.project, watch.FAILED, str(error), arguments.run)
        raise
    note(arguments.project, code, advice, arguments.run)
    return 0


if __name__ == "__main__":
    run("alarm", main)
