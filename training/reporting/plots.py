"""Pictures of the cross-validated forecasts, a column each horizon; same data, same bytes."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.films.schema import NOUN, TARGET
from training.evaluation.calibration import by_decile
from training.films.groups import SIZE
from training.films.units import CURRENCY

Answers = Mapping[str, pd.DataFrame]
Panel = Callable[[Axes, pd.DataFrame], None]

_BINS = 20
_BLUE, _RED, _GREY = "#1f5fa8", "#c0392b", "#999999"
_DOTS: dict[str, Any] = {"s": 5, "alpha": 0.4, "linewidths": 0}


def draw(answers: Answers, coverage: float) -> dict[str, bytes]:
    """The pictures as PNG, by file name."""
    panels: dict[str, Panel] = {
        "forecast.png": _forecast,
        "residual.png": _residual,
        "coverage.png": lambda axes, films: _coverage(axes, films, coverage),
    }
    with style.context("default", after_reset=True):
        return {name: png(_figure(answers, panel)) for name, panel in panels.items()}


def png(figure: Figure) -> bytes:
    """A figure as PNG, without the version of what drew it."""
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def medians(films: pd.DataFrame, by: str, names: Sequence[str]) -> pd.DataFrame:
    """Medians of columns in groups of equal size, in the order of another column."""
    ranked = films.dropna(subset=by)
    rank = ranked[by].rank(method="first") - 1
    return ranked.groupby(rank * _BINS // len(ranked))[[by, *names]].median()


def _figure(answers: Answers, panel: Panel) -> Figure:
    figure = Figure(figsize=(6 * len(answers), 5), dpi=100, layout="constrained")
    for i, (horizon, films) in enumerate(answers.items(), start=1):
        axes = figure.add_subplot(1, len(answers), i)
        panel(axes, films)
        axes.set_title(f"{horizon}, {len(films):,} {NOUN}s, cross-validated")
    return figure


def _forecast(axes: Axes, films: pd.DataFrame) -> None:
    inside = films[TARGET].between(films["low"], films["high"])
    for rows, colour, name in ((inside, _BLUE, "inside"), (~inside, _RED, "outside")):
        x, y = films.loc[rows, "model"], films.loc[rows, TARGET]
        axes.scatter(x, y, color=colour, label=f"{name} the interval", **_DOTS)
    band = medians(films, "model", ["low", "high"])
    axes.fill_between(band["model"], band["low"], band["high"], color=_BLUE, alpha=0.15)
    axes.plot(band["model"], band["model"], color=_GREY)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=f"forecast, {CURRENCY}",
        ylabel=f"{_words(TARGET)}, {CURRENCY}",
    )
    axes.legend(loc="upper left")


def _residual(axes: Axes, films: pd.DataFrame) -> None:
    ratio = np.log10(films[TARGET] / films["model"].clip(lower=1))
    films = films.assign(ratio=ratio).dropna(subset=SIZE)
    axes.scatter(films[SIZE], films["ratio"], color=_BLUE, **_DOTS)
    middle = medians(films, SIZE, ["ratio"])
    axes.plot(middle[SIZE], middle["ratio"], color=_RED, label="median")
    axes.axhline(0, color=_GREY)
    axes.set(xscale="log", xlabel=_words(SIZE), ylabel="log10 of actual / forecast")
    axes.legend(loc="lower right")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _coverage(axes: Axes, films: pd.DataFrame, coverage: float) -> None:
    deciles = pd.DataFrame(by_decile(films))
    axes.bar(deciles["decile"], 100 * deciles["coverage"], color=_BLUE, alpha=0.6)
    axes.axhline(100 * coverage, color=_RED, label=f"promised: {coverage:.0%}")
    axes.set(
        xlabel="decile of the forecast", ylabel=f"{NOUN}s inside the interval, %", ylim=(0, 100)
    )
    axes.set_xticks(deciles["decile"].tolist())
    axes.legend(loc="lower right")
