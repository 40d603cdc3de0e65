"""Films as they come: one mapping, a list of them, or a DataFrame, which gets one back."""

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from numbers import Real
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from box_office_client.calls import Call, Row
from box_office_client.errors import InvalidFilm, TooLarge
from box_office_client.schema import NOUN, Film, Outcome, Prediction

if TYPE_CHECKING:
    import pandas as pd

_PIECE = 2500  # rows that are asked about at once, where the service takes so many
Answer = TypeVar("Answer")


def row(given: Mapping[str, Any]) -> Row:
    """One row with numbers of Python in place of those of numpy."""
    return {name: _plain(value) for name, value in given.items()}


def rows(given: Any, kind: type[Any] = Film) -> list[Row]:
    """A row for each mapping, or for each of a DataFrame.

    Of a DataFrame, what is missing is left out, and columns that are no fields are, with a warning.
    """
    if not is_frame(given):
        return [row(each) for each in given]
    others = [str(name) for name in given.columns if name not in kind.__annotations__]
    if others:
        what = "an outcome" if kind is Outcome else f"a {NOUN}"
        warnings.warn(f"no fields of {what}, not sent: {', '.join(others)}", stacklevel=3)
    known = given.drop(columns=others)
    there = known.notna().to_dict("records")
    values = known.astype(object).to_dict("records")
    return [
        row({name: value for name, value in each.items() if known[name]})
        for each, known in zip(values, there, strict=True)
    ]


def frame(predictions: list[Prediction], index: "pd.Index[Any]") -> "pd.DataFrame":
    """A row for each prediction; lists are texts, as in the Open Inference Protocol."""
    import pandas

    return pandas.DataFrame([_flat(each) for each in predictions], index=index)


def is_frame(given: Any) -> bool:
    """Is that a DataFrame? Where it is one, whoever made it has imported pandas."""
    return "pandas" in sys.modules and isinstance(given, sys.modules["pandas"].DataFrame)


class Pieces(Generic[Answer]):
    """A long list that is asked about piece by piece; `answers` has those that are there."""

    def __init__(self, rows: list[Row], ask: Callable[[list[Row]], Call[list[Answer]]]) -> None:
        self._rows, self._ask, self._size = rows, ask, _PIECE
        self._start = 0
        self.answers: list[Answer] = []

    def next(self) -> Call[list[Answer]] | None:
        """What to ask now, or None where there is nothing left."""
        piece = self._piece()
        return self._ask(piece) if piece else None

    def answered(self, answers: list[Answer]) -> None:
        """Take the answers about the piece."""
        self.answers += answers
        self._start += self._size

    def refused(self, error: TooLarge | InvalidFilm) -> None:
        """Take half of a piece that is too large; raises InvalidFilm with places in all rows."""
        if isinstance(error, InvalidFilm):
            raise error.of_piece(self._start) from None
        if (size := len(self._piece())) == 1:
            raise error
        self._size = (size + 1) // 2

    def _piece(self) -> list[Row]:
        return self._rows[self._start : self._start + self._size]


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float) or not isinstance(value, Real):
        return value
    return float(value)


def _flat(prediction: Prediction) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in asdict(prediction).items():
        flat |= value if name == "interval" else {name: value}
    chance, quantiles = flat.pop("chance"), flat.pop("quantiles") or ()
    flat |= {"used": ",".join(prediction.used), "warnings": "\n".join(prediction.warnings)}
    if chance:
        flat["chance"] = chance["probability"]
    for probability, amount in map(dict.values, quantiles):
        flat[f"quantile_{probability:g}"] = amount
    return flat
