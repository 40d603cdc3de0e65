"""The results as a chart: Box Office in colour, the alternatives in grey."""

from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from benchmarks.results import Results
from benchmarks.table import number

_OURS, _ONE, _FASTAPI, _FLOOR = "box_office", "one_process", "fastapi", "floor"
_COLOURS = {_OURS: "#0b6e99", _ONE: "#0b6e99", _FLOOR: "#dddddd"}
_GREY = "#a3a3a3"
Bar = tuple[str, float | None, str]  # name, value, colour


def draw(results: Results, path: Path) -> None:
    """Write the picture as PNG."""
    figure = plt.figure(figsize=(12, 6), layout="constrained")
    grid = figure.add_gridspec(2, 3, width_ratios=[1, 1, 1.25])
    panels: list[tuple[str, Callable[[str], float | None]]] = [
        ("One film, 16 connections:\nrequests/s", lambda k: results.rate("rest_16", k)),
        ("One film, 16 connections:\np99, ms", lambda k: results.p99("rest_16", k)),
        ("Start to first answer, s", lambda k: results.start(k, "ready_s")),
        ("Memory a worker (PSS), MB", lambda k: results.start(k, "worker_mb")),
    ]
    for at, (title, value) in enumerate(panels):
        axes = figure.add_subplot(grid[at // 2, at % 2])
        names = results.titles.items()
        _bars(axes, title, [(title, value(k), _COLOURS.get(k, _GREY)) for k, title in names])
        if at % 2:
            axes.set_yticklabels([])
    axes = figure.add_subplot(grid[:, 2])
    _bars(
        axes, "Films a second, by how they are asked (log scale)", _by_endpoint(results), log=True
    )
    machine = results.machine
    figure.supxlabel(f"{machine.cpu}, {machine.cores} cores, {machine.day}", fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _by_endpoint(results: Results) -> list[Bar]:
    theirs = [
        (f"FastAPI: {results.scenarios[name]}", results.rate(name, _FASTAPI), _GREY)
        for name in ("rest_16", "batch")
    ]
    ours = [
        (results.scenarios[name], results.rate(name, _OURS), _COLOURS[_OURS])
        for name in ("rest_16", "grpc_16", "stream_1", "stream_100", "batch", "oip_binary")
    ]
    return theirs + ours


def _bars(axes: Axes, title: str, bars: list[Bar], log: bool = False) -> None:
    """Bars from top to bottom, each with its value at the end."""
    values = [value or 0.0 for _, value, _ in bars]
    drawn = axes.barh(range(len(bars)), values, color=[colour for *_, colour in bars])
    axes.set_yticks(range(len(bars)), [name.replace(", ", ",\n", 1) for name, *_ in bars])
    axes.bar_label(
        drawn,
        ["not measured" if v is None else number(v) for _, v, _ in bars],
        padding=3,
        fontsize=8,
    )
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.invert_yaxis()
    axes.set_title(title, fontsize=9, loc="left")
    axes.set_xscale("log" if log else "linear")
    axes.margins(x=0.25)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.xaxis.set_visible(False)
