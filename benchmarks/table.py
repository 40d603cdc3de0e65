"""Results as Markdown."""

from collections.abc import Iterable

from benchmarks.results import Results
from benchmarks.targets import TARGETS

_HEAD = """# Side by side

`make bench` measures again. Measured on {cpu}, {cores} cores, {system}, Python {python}, {day}.
Other work used {others:.0%} of the cores at the same time.

Every server except the last one answers the same films with the same model,
`{model}`; the last one answers a constant. The servers are measured in turn,
{rounds} x {seconds} s, and a figure is the median. The load comes from the same machine, with wrk
over HTTP and h2load over gRPC. During each measurement, further requests checked
{checked:,} answers, and all of them were right.
"""
_STARTS = {
    "ready_s": ("start to first answer", "{:.2f} s"),
    "worker_mb": ("memory of a worker, PSS", "{:.0f} MB"),
    "all_mb": ("memory of all processes, PSS", "{:.0f} MB"),
}
_PRICED = {"rest_16": "one film a request", "batch": "1,000 films a request"}
_LIST = 0.000024  # USD for a second of a vCPU
_COSTS = """A server's own time on the processors, without that of the load. Cloud Run asks
{usd:f} US dollars for a vCPU-second in europe-west1 and us-central1, at list, says
[its page](https://cloud.google.com/run/pricing), of which this is from copies (2026-11-26), and for
as long as an instance has requests, busy or not: this is the least that a million can cost.
"""


def markdown(results: Results) -> str:
    """The results as a page: the machine, films per second, starts, targets."""
    parts = [_head(results), _rates(results), _starts(results), _costs(results), _targets(results)]
    parts += [
        f"{results.titles[k]} was not measured: {why}.\n" for k, why in results.absent.items()
    ]
    return "\n".join(parts)


def _head(results: Results) -> str:
    rounds = max((len(r) for runs in results.runs.values() for r in runs.values()), default=0)
    return _HEAD.format(
        **results.machine.model_dump(),
        others=results.others,
        model=results.model,
        seconds=results.seconds,
        rounds=rounds,
        checked=results.checked,
    )


def _rates(results: Results) -> str:
    rows = [
        [title, *(_rate(results, scenario, key) for key in results.titles)]
        for scenario, title in results.scenarios.items()
    ]
    return table(["films/s (p99 of a request)", *results.titles.values()], rows)


def _rate(results: Results, scenario: str, contender: str) -> str:
    rate, p99 = results.rate(scenario, contender), results.p99(scenario, contender)
    if rate is None:
        return ""
    return f"{rate:,.0f}" + (f" ({number(p99)} ms)" if p99 else "")


def number(value: float) -> str:
    """A number with three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _starts(results: Results) -> str:
    rows = []
    for figure, (title, form) in _STARTS.items():
        values = [results.start(key, figure) for key in results.titles]
        rows.append([title, *("" if v is None else form.format(v) for v in values)])
    return table(["alone", *results.titles.values()], rows)


def _costs(results: Results) -> str:
    rows = []
    for scenario, title in _PRICED.items():
        costs = [results.cpu(scenario, key) for key in results.titles]
        rows += [
            [f"{title}: per vCPU-second", *("" if c is None else f"{1e6 / c:,.0f}" for c in costs)],
            [
                f"{title}: a million, USD",
                *("" if c is None else f"{c * _LIST:.4f}" for c in costs),
            ],
        ]
    head = table(["forecasts", *results.titles.values()], rows)
    return f"{head}\n{_COSTS.format(usd=_LIST)}"


def _targets(results: Results) -> str:
    rows = []
    for target in TARGETS:
        figure = target.figure(results)
        measured = "" if figure is None else f"{number(figure)} {target.unit}"
        rows.append([target.title, target.bound, measured, target.verdict(results)])
    return table(["target", "wanted", "measured", "reached"], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A table; all columns but the first are numbers."""
    rule = ["---", *("---:" for _ in head[1:])]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, rule, *rows])
