"""The last films of a journal through champion and candidate: what would have been answered?

Ends with 0, 1 where the candidate changes more than `replay` of params.yaml allows, and 2 where it
could not be told.
"""

import argparse
import sys
import traceback

from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training.common import params
from training.common.cli import sentence
from training.common.files import write_together
from training.common.paths import MODEL, REPORTS
from training.gate.contestants import ready
from training.watching import journal, replay_page
from training.watching.changes import Model, different, replay
from training.watching.models import find
from training.watching.replayed import judge

JSON, MARKDOWN = REPORTS / "replay.json", REPORTS / "replay.md"
PASSED, STOPPED, FAILED = 0, 1, 2


def contestant(name: str, option: str) -> Model:
    """A model that this code can run; raises BoxOfficeError with the way out."""
    found = find(name, option)
    return found.tag, ready(found.tag, found.folder)


def parse(argv: list[str] | None, journal: str) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.replay", description=__doc__)
    latest = f"{MODEL_NAME}:latest"
    parser.add_argument("--champion", default=latest, help="folder or tag (%(default)s)")
    parser.add_argument("--candidate", default=str(MODEL), help="folder or tag (%(default)s)")
    parser.add_argument("--journal", default=journal, help="folder or URL (%(default)s)")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Write reports/replay.md and .json, and print what follows; raises BoxOfficeError.

    Leaves no report behind where it fails: an older one must not be taken for it.
    """
    settings = params.load()
    arguments = parse(argv, settings.watch.journal)
    for path in (JSON, MARKDOWN):
        path.unlink(missing_ok=True)
    films = different(journal.read(arguments.journal).forecasts, settings.replay.films)
    champion = contestant(arguments.champion, "--champion")
    candidate = contestant(arguments.candidate, "--candidate")
    said = judge(replay(films, champion, candidate, settings.replay), settings.replay)
    content = said.model_dump_json(indent=2) + "\n"
    write_together({JSON: content, MARKDOWN: replay_page.page(said)})
    print(f"replay: {replay_page.sentence(said)}")
    return STOPPED if said.verdict == "stopped" else PASSED


def command(argv: list[str] | None = None) -> int:
    """What main returns, and 2 for any error: Python leaves with 1, which means stopped here."""
    try:
        return main(argv)
    except (BoxOfficeError, OSError) as error:
        print(f"replay: {sentence(error)}", file=sys.stderr)
    except Exception:
        traceback.print_exc()
    return FAILED


if __name__ == "__main__":
    sys.exit(command())
