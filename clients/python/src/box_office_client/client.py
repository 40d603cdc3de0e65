"""The client that waits for its answers."""

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, overload

from box_office_client import calls, tables
from box_office_client.calls import Call, Row
from box_office_client.errors import InvalidFilm, TooLarge, TryAgain
from box_office_client.retries import SECONDS, Tries
from box_office_client.schema import Asked, Comparables, Explanation, Outcome, Prediction
from box_office_client.tables import Pieces
from box_office_client.transport import Transport, opened

if TYPE_CHECKING:
    import pandas as pd

Answer = TypeVar("Answer")


class Client:
    """Asks a service at `http://`, `https://`, `grpc://` or `grpcs://` (with TLS).

    What a method asks is answered within `timeout` seconds, or it raises an error: with all pieces
    of a long list, and with all tries where the service is overloaded or cannot be reached.
    `headers` go along with every request, over gRPC as metadata.
    """

    def __init__(
        self, url: str, *, timeout: float = SECONDS, headers: Mapping[str, str] | None = None
    ) -> None:
        self._transport: Transport = opened(url, headers or {})
        self._timeout = timeout

    def forecast(self, film: Row, **asked: Unpack[Asked]) -> Prediction:
        """What a film will earn; raises InvalidFilm naming what is wrong with it."""
        return self._ask(calls.forecast(tables.row(film), asked))

    @overload
    def forecasts(self, films: Iterable[Row], **asked: Unpack[Asked]) -> list[Prediction]: ...
    @overload
    def forecasts(self, films: "pd.DataFrame", **asked: Unpack[Asked]) -> "pd.DataFrame": ...
    def forecasts(self, films: Any, **asked: Unpack[Asked]) -> Any:
        """What many films will earn, all of them or none; raises InvalidFilm.

        A DataFrame is answered with one that has its index.
        """
        answers = self._all(Pieces(tables.rows(films), partial(calls.forecasts, asked=asked)))
        return tables.frame(answers, films.index) if tables.is_frame(films) else answers

    def explain(self, film: Row) -> Explanation:
        """What each field of a film does to its forecast; raises InvalidFilm."""
        return self._ask(calls.explain(tables.row(film)))

    def comparables(self, film: Row, *, count: int | None = None) -> Comparables:
        """The films of the training data that are most like one; raises InvalidFilm."""
        return self._ask(calls.comparables(tables.row(film), count))

    def tell(self, outcomes: "Iterable[Row] | pd.DataFrame", *, token: str) -> int:
        """Tell what became of films, and get how many the journal has of these.

        Raises Closed, Unauthorized, or InvalidFilm, and then pieces before that are in the journal.
        Tell all again: the last outcome of a film counts.
        """
        ask = partial(calls.tell, token=token)
        return sum(self._all(Pieces(tables.rows(outcomes, Outcome), ask)))

    def model(self) -> dict[str, Any]:
        """What is deployed, as `GET /v1/model` says it; over gRPC it raises InvalidRequest."""
        return self._ask(calls.model())

    def close(self) -> None:
        """Close what is open."""
        self._transport.close()

    def __enter__(self) -> Self:
        """For `with`, which closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what is open."""
        self.close()

    def _ask(self, call: Call[Answer], tries: Tries | None = None) -> Answer:
        tries = tries or Tries(self._timeout)
        while True:
            try:
                answer = self._transport.send(call, tries)
            except TryAgain as error:
                time.sleep(tries.pause(error))
            else:
                tries.succeeded()
                return call.read(answer)

    def _all(self, pieces: Pieces[Answer]) -> list[Answer]:
        tries = Tries(self._timeout)
        while call := pieces.next():
            try:
                pieces.answered(self._ask(call, tries))
            except (TooLarge, InvalidFilm) as error:
                pieces.refused(error)
        return pieces.answers
