"""Pictures of what was watched: drift by field, and coverage as outcomes arrived."""

import numpy as np
import pandas as pd
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.films.schema import NOUN, TARGET
from training.common import params
from training.reporting.plots import png
from training.watching.coverage import bounds
from training.watching.drift import Drift

_BLUE, _RED, _GREY = "#1f5fa8", "#c0392b", "#999999"
_STEPS = 200  # points of a curve


def draw(drift: list[Drift], films: pd.DataFrame, rules: params.Watch) -> dict[str, bytes]:
    """The pictures as PNG, by file name; `films` are the judged ones with their facts."""
    with style.context("default", after_reset=True):
        pictures = {"drift.png": png(_drift(drift, rules))}
        if len(films):
            pictures["coverage.png"] = png(_coverage(films, rules))
        return pictures


def _drift(drift: list[Drift], rules: params.Watch) -> Figure:
    figure = Figure(figsize=(7, 1 + 0.35 * len(drift)), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    names = [each.field.replace("_", " ") for each in drift]
    colours = [_GREY if each.field in rules.expected else _BLUE for each in drift]
    colours = [
        _RED if each.drifted and colour == _BLUE else colour
        for each, colour in zip(drift, colours, strict=True)
    ]
    axes.barh(names, [np.nan_to_num(each.psi) for each in drift], color=colours)
    axes.axvline(rules.psi, color=_RED, label=f"drift from {rules.psi:g} on, if not by chance")
    axes.set(xlabel="population stability index")
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    return figure


def _coverage(films: pd.DataFrame, rules: params.Watch) -> Figure:
    parts = list(films.groupby("horizon"))
    figure = Figure(figsize=(6 * len(parts), 5), dpi=100, layout="constrained")
    for place, (horizon, part) in enumerate(parts, start=1):
        axes = figure.add_subplot(1, len(parts), place)
        _curve(axes, part, rules.false_alarms / len(parts))
        axes.set_title(f"{horizon}, {len(part):,} {NOUN}s with an outcome")
    return figure


def _curve(axes: Axes, films: pd.DataFrame, alpha: float) -> None:
    inside = films[TARGET].between(films["low"], films["high"]).to_numpy().cumsum()
    at = np.unique(np.linspace(1, len(inside), min(_STEPS, len(inside))).astype(int))
    low, high = np.array([bounds(int(n), int(inside[n - 1]), alpha) for n in at]).T
    axes.fill_between(at, 100 * low, 100 * high, color=_BLUE, alpha=0.15, label="where it lies")
    axes.plot(at, 100 * inside[at - 1] / at, color=_BLUE, label="inside so far")
    axes.axhline(100 * films["coverage"].mean(), color=_RED, label="promised")
    axes.set(xlabel="outcomes", ylabel=f"{NOUN}s inside their intervals, %", ylim=(0, 100))
    axes.legend(loc="lower right")
