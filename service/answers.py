"""What endpoints answer: forecasts, reasons and comparable films as dictionaries."""

from collections.abc import Sequence
from math import exp
from typing import Any

from service.films.schema import EXPECTED, TARGET
from service.model.comparables import Comparable
from service.model.distribution import NOTHING, Asked
from service.model.encoding import Columns
from service.model.predictor import Forecast
from service.model.reasons import Game
from service.model.shapley import Shares

Answer = dict[str, Any]


class Answers:
    """The answers of one model, by its tag and the coverage that it promises."""

    def __init__(self, tag: str, coverage: float) -> None:
        self._tag, self._coverage = tag, coverage

    def predictions(
        self, ids: Sequence[str], forecast: Forecast, asked: Asked = NOTHING
    ) -> list[Answer]:
        """The predictions of the schema under these names, with what is asked beside."""
        coverage = asked.coverage or self._coverage
        rows = zip(
            ids,
            *forecast.amounts[:4].tolist(),
            forecast.horizon,
            forecast.used,
            forecast.warnings,
            strict=True,
        )
        answers: list[Answer] = [
            {
                TARGET: point,
                EXPECTED: expected,
                "interval": {"low": low, "high": high, "coverage": coverage},
                "horizon": horizon,
                "used": used,
                "warnings": warnings,
                "model": self._tag,
                "id": name,
            }
            for name, point, low, high, expected, horizon, used, warnings in rows
        ]
        if asked.at_least is not None:
            for answer, probability in zip(answers, forecast.chance[0].tolist(), strict=True):
                answer["chance"] = {"at_least": asked.at_least, "probability": probability}
        if asked.quantiles:
            for answer, quantiles in zip(answers, forecast.amounts[4:].T.tolist(), strict=True):
                told = zip(asked.quantiles, quantiles, strict=True)
                answer["quantiles"] = [{"probability": p, TARGET: q} for p, q in told]
        return answers

    def explanation(self, film: Columns, forecast: Forecast, game: Game, shares: Shares) -> Answer:
        """What each field does to the forecast of one film; the largest factors come first."""
        factors = zip(game.fields, shares.shares.tolist(), strict=True)
        return {
            TARGET: float(forecast.point[0]),
            "base": _nine_digits(exp(shares.nobody)),
            "factors": [
                {"field": name, "value": film[name][0], "factor": _nine_digits(exp(share))}
                for name, share in sorted(factors, key=lambda each: -abs(each[1]))
            ],
            "horizon": forecast.horizon[0],
            "exact": shares.exact,
            "standard_error": _nine_digits(shares.error),
            "model": self._tag,
        }

    def comparables(self, forecast: Forecast, nearest: Sequence[Comparable]) -> Answer:
        """The films that are most like one, and where its forecast stands among them."""
        above = sum(each.then > forecast.point[0] for each in nearest)
        return {
            "films": [
                {
                    "title": each.title,
                    **each.fields,
                    TARGET: each.target,
                    f"{TARGET}_then": each.then,
                    "distance": _nine_digits(each.distance),
                }
                for each in nearest
            ],
            "rank": {"position": int(above) + 1, "of": len(nearest) + 1},
            "model": self._tag,
        }


def _nine_digits(value: float) -> float:
    """A value with the digits that mean something, which are the same on every processor."""
    return float(f"{value:.9g}")
