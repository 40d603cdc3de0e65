"""The loop: asked, remembered, watched, told, learned from, and answered by what has learned.

People ask what is deployed about films like those that it has learned from, and then about others.
A year later they tell what all of these have become, which is the truth. Of the others it is not
what was promised, and the next model learns what this one could not know.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from delivery import sources
from delivery.alarm import TITLES
from rehearsal import films, watching
from rehearsal.audience import ALONE, Asked, ask, tell
from rehearsal.cloud.log import Log
from rehearsal.films import FIELD
from rehearsal.report import BRANCH
from rehearsal.retraining import read
from rehearsal.sandbox import Sandbox, expect
from service.films.schema import NOUN
from service.journal.entries import FORECAST, OUTCOME
from training.common.numbers import percent
from training.common.paths import OUTCOMES
from training.outcomes import REPORT
from training.watching.report import BROKEN, DRIFT

_WINDOW = 40  # days, more than watch.days in params.yaml
_YEAR = 365


@dataclass
class Loop:
    """Those that were asked about so far."""

    sandbox: Sandbox
    log: Log
    alike: list[Asked] = field(default_factory=list)
    others: list[Asked] = field(default_factory=list)

    def asked(self) -> Iterator[str]:
        """Films as in training: the journal has them all, and there is nothing to say of it."""
        self.alike = ask(self.sandbox, films.alike())
        lines = self.log.export(FORECAST, len(self.alike))
        yield f"asked: {len(self.alike)} {NOUN}s as in training, {ALONE} of them over gRPC"
        yield f"remembered: each is one of {lines} lines of stdout, in {self.log.url}"
        watching.check_out(self.sandbox)
        sight = watching.look(self.sandbox)
        expect(not sight.issues, f"There is an issue on {NOUN}s as in training: {sight.issues}")
        yield f"watched: {NOUN}s as in training are no issue"

    def drifted(self) -> Iterator[str]:
        """Others, none of which the model has seen: an issue, until nobody asks about such."""
        self.sandbox.clock.jump(_WINDOW)
        self.others = ask(self.sandbox, films.others())
        self.log.export(FORECAST, len(self.others))
        sight = watching.look(self.sandbox)
        expect(sight.titles == [TITLES[DRIFT]], f"The issues on drift are {sight.issues}.")
        expect(FIELD in sight.open[0].body, f"It does not name {FIELD}: {sight.open[0].body}")
        self.sandbox.clock.jump(_WINDOW)
        sight = watching.look(self.sandbox)
        expect(not sight.open, f"{_WINDOW} days later there is still an issue: {sight.open}")
        yield (
            f"watched: {len(self.others)} {NOUN}s with a lower {FIELD} are one issue, which names "
            f"it and is closed {_WINDOW} days later"
        )

    def told(self) -> Iterator[str]:
        """A year later: what was expected is no issue, and what was not breaks the promise."""
        self.sandbox.clock.jump(_YEAR)
        self._tell(self.alike)
        sight = watching.look(self.sandbox)
        expect(not sight.open, f"There is an issue on a promise that is kept: {sight.open}")
        yield (
            f"told: a year later {len(self.alike)} outcomes, {percent(sight.inside)} of them "
            "inside their intervals, are no issue"
        )
        self._tell(self.others)
        for _ in range(2):
            sight = watching.look(self.sandbox)
            expect(sight.titles == [TITLES[BROKEN]], f"The broken promise is {sight.issues}.")
        started = watching.retrainings(self.sandbox)
        expect(started == 1, f"A broken promise has started {started} trainings.")
        yield (
            f"told: {len(self.others)} more, of the others, and {percent(sight.inside)} of all are "
            "inside: a broken promise is one issue, and starts train.yml once"
        )

    def _tell(self, asked: list[Asked]) -> None:
        tell(self.sandbox, asked)
        self.log.export(OUTCOME, len(asked))

    def learned(self) -> Iterator[str]:
        """The outcomes become rows, and a branch lets `ingest.source` have them."""
        main, now = self.sandbox.main, self.sandbox.clock.now().isoformat()
        words = ("python", "-m", "training.outcomes", "--journal", self.log.url, "--now", now)
        self.sandbox.sh(*words)
        rows, asked = read(main / REPORT)[f"{NOUN}s to learn from"], self.alike + self.others
        expect(rows > 0.9 * len(asked), f"Of {len(asked)} outcomes {rows} can be learned from.")
        settings = main / "params.yaml"
        settings.write_text(sources.added(settings.read_text(), str(OUTCOMES)))
        self.sandbox.sh("git", "add", str(OUTCOMES))
        self.sandbox.commit("What became of our films", branch=BRANCH)
        yield f"learned: {rows} of {len(asked)} {NOUN}s are rows of {OUTCOMES}, on a branch"

    def answered(self, model: str) -> Iterator[str]:
        """What has learned from the others serves, does not doubt them, and owes nothing yet."""
        (again,) = ask(self.sandbox, films.others().tail(1))
        expect(again.model == model, f"{again.model} answers, and not {model}.")
        expect(self.others[-1].doubted and not again.doubted, f"It says: {again.warnings}")
        self.log.export(FORECAST, 1)
        watching.check_out(self.sandbox)
        sight = watching.look(self.sandbox)
        expect(not sight.open, f"There is an issue on a model that is new: {sight.open}")
        yield f"answered: {model} no longer doubts such a {FIELD}, and the issue is closed"
