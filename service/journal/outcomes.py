"""What became of films, as it is told to the service: records of the journal."""

from collections.abc import Sequence
from hmac import compare_digest

from service.errors import Closed, Overloaded, Unauthorized
from service.films.schema import NOUN, Outcome
from service.journal.entries import Outcomes
from service.journal.journal import Journal

_SCHEME = "bearer "


class Register:
    """Takes outcomes from whoever has the token. The service keeps none, the journal does."""

    def __init__(self, journal: Journal | None, token: str) -> None:
        self._journal, self._token = journal, token.encode()

    def check(self, authorization: str) -> None:
        """Raise Closed where there is no token, or Unauthorized where this is not it."""
        if not self._token:
            raise Closed(f"No outcomes of {NOUN}s are taken here: BOX_OFFICE_OUTCOMES_TOKEN opens.")
        scheme, told = authorization[: len(_SCHEME)], authorization[len(_SCHEME) :]
        if scheme.lower() != _SCHEME or not compare_digest(told.encode(), self._token):
            raise Unauthorized("Outcomes need the header Authorization: Bearer, and its token.")

    def add(self, endpoint: str, time: float, outcomes: Sequence[Outcome]) -> int:
        """How many the journal has accepted, which are all; raises Overloaded if it cannot."""
        told = [outcome.model_dump(exclude_none=True) for outcome in outcomes]
        if told and not (self._journal and self._journal.put(Outcomes(endpoint, time, told))):
            raise Overloaded("The journal has no room for outcomes: send them again later.")
        return len(told)
