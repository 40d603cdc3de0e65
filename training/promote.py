"""Champion against candidate on the films that neither had seen: may it be replaced?

Both have learned from all of their films, so what is compared are out-of-fold answers: forecasts of
each film by models of the same recipe that had not seen its title. The champion itself forecasts
what has arrived since.

"Never worse than x % with 95 % confidence" can ask for proof of no harm or for proof of harm. All
films together are enough for the first: the candidate is rejected unless they show that
it is worse by no more than `max_worse_overall`. A tier is not, its 170 to 1,300 films leave up to
4 % open between equal models: there, as on all films, it is rejected where they show that it
is worse by more than `max_worse`.
"""

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from service.errors import BoxOfficeError, ModelUnavailable
from service.settings import MODEL_NAME
from training.common import params
from training.common.cli import sentence
from training.common.files import read_table, write_together
from training.common.paths import FILMS, MODEL, REPORTS
from training.estimator.folder import check
from training.gate.comparison import compare
from training.gate.contestants import Contender, UnknownContender, load
from training.gate.smoke import smoke
from training.gate.verdict import Verdict, reasons

JSON, MARKDOWN = REPORTS / "verdict.json", REPORTS / "verdict.md"
REJECTED, FAILED = 1, 2


def judge(
    champion: Contender | None,
    candidate: Contender,
    before: pd.DataFrame | None,
    rules: params.Promote,
    tiers: Sequence[float],
) -> Verdict:
    """What follows from the rules for the candidate; `before` are the champion's forecasts."""
    blank = Verdict(
        verdict="unchanged",
        candidate=candidate.name,
        champion=champion.name if champion else None,
        notes=[] if champion else ["There is no champion to compare with."],
        rules=rules,
    )
    if champion and champion.version == candidate.version:
        return blank
    promised = candidate.predictor.manifest.coverage
    horizons = compare(before, candidate.answers, promised, rules, tiers)
    smoked = smoke(candidate.predictor, rules.smoke)
    against = reasons(horizons, smoked, rules)
    outcome = "rejected" if against else "promoted" if champion else "first"
    judgement = {"verdict": outcome, "reasons": against, "horizons": horizons, "smoke": smoked}
    return blank.model_copy(update=judgement)


def incumbent(name: str | None) -> tuple[Contender, pd.DataFrame] | tuple[None, None]:
    """The champion of that name, else the latest in the model store, and its forecasts.

    Neither, in an empty store.
    """
    try:
        champion = load(name or f"{MODEL_NAME}:latest")
        return champion, champion.unseen(read_table(FILMS))
    except UnknownContender:
        if name:
            raise
        return None, None
    except ModelUnavailable as error:
        raise BoxOfficeError(
            f"The champion cannot be compared: {error} Or judge the candidate alone with "
            "--no-champion."
        ) from error


def write(verdict: Verdict) -> None:
    """Write both reports whole, or neither."""
    write_together({JSON: verdict.model_dump_json(indent=2) + "\n", MARKDOWN: verdict.markdown()})


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
    if Path(arguments.candidate).is_dir():
        check(Path(arguments.candidate))  # which names the file that is damaged
    candidate = load(arguments.candidate)
    champion, before = (None, None) if arguments.no_champion else incumbent(arguments.champion)
    verdict = judge(champion, candidate, before, settings.promote, settings.groups.tiers)
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
