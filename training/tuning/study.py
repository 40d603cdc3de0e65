"""The trials of a search: drawn from what the earlier ones have shown, and kept as they end."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import numpy as np
import optuna
import pandas as pd
from optuna.samplers import TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial

from service.errors import BoxOfficeError
from training.common import params
from training.tuning.trial import SPACE, Values, current, rounded

# So many are drawn at once, from all before them. Were it as many as there are workers, or those
# that have ended, then what is drawn would depend on the machine.
BATCH = 10
# Seconds after which a lock is taken for one that a killed search has left: a line is written at
# once. Of Optuna's locks, the other one waits for ever where the path of a journal is relative.
_STALE = 3

Batch = dict[int, Values]

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Study:
    """Trials by number, in a journal that survives whatever ends the search.

    The current parameters are number 0. The same seed draws the same trials, on any number of
    workers, interrupted or not.
    """

    def __init__(self, kept: optuna.Study, settings: params.Train, seed: int) -> None:
        self._kept = kept
        self._current = current(settings)
        self._seed = seed

    @classmethod
    def opened(cls, journal: Path, films: str, settings: params.Train, seed: int) -> Self:
        """The study in a journal, or a new one; `films` is their hash.

        Raises BoxOfficeError where the journal is that of another search.
        """
        search = {
            "films": films,
            "values below train in params.yaml": settings.model_dump(),
            "seed": seed,
            "ranges to draw from": {name: repr(range_) for name, range_ in SPACE.items()},
        }
        journal.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock = JournalFileOpenLock(str(journal), grace_period=_STALE)
            storage = JournalStorage(JournalFileBackend(str(journal), lock))
            kept = optuna.create_study(storage=storage, study_name="search", load_if_exists=True)
        except (ValueError, TypeError, LookupError) as error:
            raise BoxOfficeError(f"{journal} is damaged: remove it to begin anew.") from error
        for what, value in search.items():
            if kept.user_attrs.get(what, value) != value:
                raise BoxOfficeError(
                    f"{journal} is that of a search with other {what}: restore them to go on with "
                    "it, or remove it to begin anew."
                )
            kept.set_user_attr(what, value)
        return cls(kept, settings, seed)

    def batches(self, count: int) -> Iterator[Batch]:
        """What is left to measure of the current parameters and `count` others.

        A batch follows from all that are before it: measure and keep it before asking for the next.
        """
        for first in range(1, count + 1, BATCH):
            done = self._trials()
            batch = dict(enumerate(self._drawn(first, done), first))
            if first == 1:
                batch[0] = self._current
            if left := {n: batch[n] for n in sorted(batch) if n <= count and n not in done}:
                yield left

    def _drawn(self, first: int, done: Mapping[int, FrozenTrial]) -> list[Values]:
        (seed,) = np.random.SeedSequence([self._seed, first]).generate_state(1).tolist()
        beside = optuna.create_study(sampler=TPESampler(seed=seed))
        beside.add_trials([done[number] for number in sorted(done) if number < first])
        asked = [beside.ask(dict(SPACE)).params for _ in range(BATCH)]
        return [{name: rounded(values[name]) for name in SPACE} for values in asked]

    def keep(self, number: int, values: Values, measured: Mapping[str, float]) -> None:
        """Write a trial that has ended to the journal."""
        # The current parameters need not be in the ranges of those that are drawn.
        fit = {n: v for n, v in values.items() if SPACE[n].low <= v <= SPACE[n].high}
        self._kept.add_trial(
            optuna.create_trial(
                value=float(np.mean(np.log(list(measured.values())))),
                params=fit,
                distributions={name: SPACE[name] for name in fit},
                user_attrs={"number": number, "measured": dict(measured)},
            )
        )

    def __len__(self) -> int:
        """How many trials have ended."""
        return len(self._trials())

    def _trials(self) -> dict[int, FrozenTrial]:
        return {
            trial.user_attrs["number"]: trial for trial in self._kept.get_trials(deepcopy=False)
        }

    def table(self) -> pd.DataFrame:
        """Score, metrics and values of each trial, the best first.

        The score is the geometric mean of the metrics, each over that of the current parameters.
        """
        trials = sorted(self._trials().items())
        metrics = pd.DataFrame(
            [t.user_attrs["measured"] for _, t in trials], [n for n, _ in trials]
        )
        values = pd.DataFrame([self._current | t.params for _, t in trials], metrics.index)
        score = np.exp(np.log(metrics / metrics.loc[0]).mean(axis=1)).round(6)
        table = pd.concat([score.rename("score"), metrics, values], axis=1)
        ranked: pd.DataFrame = table.sort_values("score", kind="stable")
        return ranked.rename_axis("trial")
