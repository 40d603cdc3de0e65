"""Champion against candidate on the films that neither was trained on: may it be replaced?

"Never worse than x % with 95 % confidence" can ask for proof of no harm or for proof of harm. All
held-out films together are enough for the first: the candidate is rejected unless they show that
it is worse by no more than `max_worse_overall`. A tier is not, its 50 to 250 films leave
2 to 8 % open between equal models: there, as on all films, it is rejected where they show that it
is worse by more than `max_worse`.
"""

import argparse
import hashlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import pandas as pd

from service.errors import BoxOfficeError, ModelUnavailable
from service.settings import MODEL_NAME
from training.common import params
from training.common.cli import sentence
from training.common.files import read_table, write_together
from training.common.paths import FILMS, MODEL, REPORTS
from training.estimator import fitting
from training.gate.comparison import compare, smoke
from training.gate.contestants import Contender, UnknownContender, load
from training.gate.verdict import Verdict, reasons

JSON, MARKDOWN = REPORTS / "verdict.json", REPORTS / "verdict.md"
REJECTED, FAILED = 1, 2


def held_out(
    champion: Contender | None, candidate: Contender, split: dict[str, Any], films_hash: str
) -> list[str]:
    """Notes on what cannot be known; raises BoxOfficeError where a test film may have been seen.

    The candidate has to prove that it was not: it is the one that would look better for it.
    """
    if not candidate.shares(split, films_hash):
        raise BoxOfficeError(
            f"{candidate.name} was trained on other films than {FILMS} holds and may have seen "
            "those that are held out: run `dvc repro` first."
        )
    shares = champion is None or champion.shares(split, films_hash)
    if champion and shares is False:
        raise BoxOfficeError(
            f"{champion.name} was trained on another split ({champion.split}, now {split}) and may "
            "have seen the held-out films: set prepare in params.yaml back, or judge the "
            "candidate alone with --no-champion."
        )
    if champion and shares is None:
        return [f"{champion.name} does not say how its films were split: taken to be as now."]
    return [] if champion else ["There is no champion to compare with."]


def judge(
    champion: Contender | None,
    candidate: Contender,
    films: pd.DataFrame,
    rules: params.Promote,
    tiers: Sequence[float],
    notes: list[str],
) -> Verdict:
    """What follows from the rules for the candidate on the held-out films."""
    blank = Verdict(
        verdict="unchanged",
        candidate=candidate.name,
        champion=champion.name if champion else None,
        notes=notes,
        rules=rules,
    )
    if champion and champion.version == candidate.version:
        return blank
    before = champion.predictor if champion else None
    horizons = compare(before, candidate.predictor, films, rules, tiers)
    smoked = smoke(candidate.predictor, rules.smoke)
    against = reasons(horizons, smoked, rules)
    outcome = "rejected" if against else "promoted" if champion else "first"
    judgement = {"verdict": outcome, "reasons": against, "horizons": horizons, "smoke": smoked}
    return blank.model_copy(update=judgement)


def incumbent(name: str | None) -> Contender | None:
    """The champion of that name, else the latest in the model store, None in an empty one."""
    try:
        return load(name or f"{MODEL_NAME}:latest")
    except UnknownContender:
        if name:
            raise
        return None
    except ModelUnavailable as error:
        raise BoxOfficeError(
            f"The champion cannot be compared: {error} Or judge the candidate alone with "
            "--no-champion."
        ) from error


def write(verdict: Verdict) -> None:
    """Write both reports whole, or neither."""
    write_together({JSON: verdict.model_dump_json(indent=2) + "\n", MARKDOWN: verdict.markdown()})


def read_films() -> tuple[pd.DataFrame, str]:
    """The held-out films, and the hash of the whole table as the card of a model has it."""
    films = fitting.held_out(read_table(FILMS))
    return films, hashlib.sha256(FILMS.read_bytes()).hexdigest()


def parse(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.promote", description="May the candidate replace the champion?"
    )
    parser.add_argument("--candidate", default=str(MODEL), help="folder or tag (%(default)s)")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--champion", help=f"folder or tag ({MODEL_NAME}:latest)")
    group.add_argument("--no-champion", action="store_true", help="judge the candidate alone")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Print and write the verdict; 1 where the candidate is rejected, else 0.

    Raises BoxOfficeError, and leaves no verdict behind, where none can be given.
    """
    arguments = parse(argv)
    # An older verdict must not be taken for the one that could not be given.
    for path in (JSON, MARKDOWN):
        path.unlink(missing_ok=True)
    settings = params.load()
    split = settings.prepare.model_dump(include={"seed", "folds"})
    candidate = load(arguments.candidate)
    champion = None if arguments.no_champion else incumbent(arguments.champion)
    films, films_hash = read_films()
    notes = held_out(champion, candidate, split, films_hash)
    verdict = judge(champion, candidate, films, settings.promote, settings.groups.tiers, notes)
    write(verdict)
    print(verdict.markdown(), end="")
    return REJECTED if verdict.verdict == "rejected" else 0


def command(argv: list[str] | None = None) -> int:
    """What main returns, and 2 for any error: Python leaves with 1, which means rejected here."""
    try:
        return main(argv)
    except (BoxOfficeError, OSError) as error:
        print(f"promote: {sentence(error)}", file=sys.stderr)
    except Exception:
        traceback.print_exc()
    return FAILED


if __name__ == "__main__":
    sys.exit(command())
