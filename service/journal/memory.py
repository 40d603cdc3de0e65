"""What a worker remembers of its forecasts: a name for each, and the journal, if there is one."""

import time
from collections.abc import Callable, Sequence

from service.journal.entries import Forecasts, Source
from service.journal.ids import Ids
from service.journal.journal import Journal
from service.journal.outcomes import Register
from service.journal.sinks import Give, sink
from service.model.encoding import Columns
from service.model.predictor import Forecast
from service.settings import Settings
from service.telemetry import tracing


class Memory:
    """Names forecasts, and lets a journal have them as the settings say.

    Who is to be given the same lines gets them, whether there is a journal or not. `trace` says the
    trace of what is being answered, or "".
    """

    def __init__(self, settings: Settings, give: Give | None = None) -> None:
        self._ids = Ids()
        self._share = settings.journal_sample
        self.journal: Journal | None = None
        self.trace: Callable[[], str] = str
        if place := sink(settings.journal, give):
            self.journal = Journal(place, settings.journal_wait)
            if settings.otlp_endpoint:
                self.trace = tracing.current

        self.register = Register(self.journal, settings.outcomes_token)

    def remember(
        self,
        source: Source,
        columns: Columns,
        forecast: Forecast,
        coverage: float,
        traces: Sequence[str] = (),
    ) -> list[str]:
        """New names for the forecasts of n films."""
        ids = self._ids.take(len(forecast.horizon))
        if self.journal:
            told = columns, forecast, coverage, traces
            self.journal.put(Forecasts(source, time.time(), ids, *told, self._share))
        return ids

    def close(self) -> None:
        """Write what waits."""
        if self.journal:
            self.journal.close()
