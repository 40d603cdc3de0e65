"""Before any traffic moves: the films of the journal through the model that serves and the next.

The revision that serves says which commit it was built of, and DVC has the model of that commit.
A candidate is stopped by the rules of `replay` in params.yaml, and also where it cannot be told
what it changes, unless `replay.accept` names it.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from delivery import services
from delivery.actions import summary
from delivery.cloudrun import serving
from delivery.process import CommandFailed, call
from delivery.settings import Settings
from service.errors import BoxOfficeError
from service.settings import MODEL_NAME
from training import replay
from training.common import params
from training.common.cli import run
from training.common.paths import MODEL
from training.estimator.folder import version
from training.watching import replay_page
from training.watching.replayed import Verdict

HERE = "HEAD"


@dataclass(frozen=True)
class Served:
    """The revision that serves, and the commit that it was built of, "" where it is not known."""

    revision: str
    commit: str


def served(settings: Settings) -> Served | None:
    """What serves now; None before the first deployment."""
    service = services.rest(settings)
    state = service.state()
    if state is None or not state.percent:
        return None
    revision = serving(service.name, state)
    return Served(revision, service.commit(revision))


def fetch(commit: str, folder: Path) -> Path:
    """The model of a commit, in a folder; raises BoxOfficeError with the way out."""
    try:
        call("dvc", "get", ".", str(MODEL), f"--rev={commit}", f"--out={folder}")
    except CommandFailed as error:
        raise BoxOfficeError(
            f"The model of {commit} cannot be had: {error} It takes a clone with that commit, and "
            "its model in the bucket, where `make train push` on that commit puts it again."
        ) from error
    return folder


def compare(commit: str, model: str, journal: str) -> Verdict:
    """The verdict on this commit's model beside that of another; raises BoxOfficeError."""
    with tempfile.TemporaryDirectory(prefix="box-office-") as folder:
        champion = fetch(commit, Path(folder) / "champion")
        candidate = fetch(HERE, Path(folder) / "candidate")
        if (found := f"{MODEL_NAME}:{version(candidate)}") != model:
            raise BoxOfficeError(f"The model of this commit is {found}, but {model} was built.")
        words = ["--champion", str(champion), "--candidate", str(candidate)]
        if replay.command([*words, "--journal", journal]) == replay.FAILED:
            raise BoxOfficeError(
                "It could not be told what the candidate changes, see above. Where nothing has "
                "been journaled yet, leave the variable BOX_OFFICE_JOURNAL empty until it has."
            )
    return Verdict.model_validate_json(replay.JSON.read_bytes())


def before_traffic(settings: Settings, model: str, journal: str) -> None:
    """Say what the model changes, or why that is not known; raises BoxOfficeError to stop it."""
    if not journal:
        return say("The variable BOX_OFFICE_JOURNAL names no journal: nothing is replayed.")
    now = served(settings)
    if now is None:
        return say("Nothing serves yet: there is no forecast that could change.")
    if not now.commit:
        return say(f"{now.revision} does not say of which commit it is: nothing is replayed.")
    try:
        said = compare(now.commit, model, journal)
    except BoxOfficeError as error:
        if reason := params.load().replay.reason(model):
            return say(f"{error} {model} is accepted unseen: {reason}.")
        raise BoxOfficeError(
            f"{error} Or let it pass unseen: add {{model: {model}, reason: ...}} to replay.accept "
            "of params.yaml."
        ) from error
    summary(replay_page.summary(said))
    if said.verdict == "stopped":
        raise BoxOfficeError(replay_page.sentence(said))
    return None


def say(line: str) -> None:
    """Print a line, and add it to the summary of the job."""
    print(f"replay: {line}", flush=True)
    summary(f"- {line}")


def main(argv: list[str] | None = None) -> int:
    """Replay, unless there is nothing to replay, which is said."""
    parser = argparse.ArgumentParser(prog="python -m delivery.replay", description=__doc__)
    parser.add_argument("--journal", required=True, help='folder or URL, "" where there is none')
    parser.add_argument("--model", required=True, help="tag of the model that was built")
    arguments = parser.parse_args(argv)
    before_traffic(Settings.from_env(), arguments.model, arguments.journal)
    return 0


if __name__ == "__main__":
    run("replay", main)
