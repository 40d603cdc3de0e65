"""The sections of the report: numbers of one horizon in, Markdown out."""

from collections.abc import Mapping
from typing import Any

from service.films.schema import NOUN, TARGET
from training.common.numbers import percent
from training.evaluation.metrics import METRICS
from training.films.units import SCALE, UNIT, amount
from training.reporting.markdown import chart, plain, table
from training.reporting.modelcard import slice_cells, slice_header

Facts = Mapping[str, Any]

_SHOWN = ("mae", "median_ae", "rmsle", "r2", "negative_forecasts", "coverage")


def quality(horizon: str, metrics: Facts) -> str:
    """Model and baselines: cross-validated with spread, held out, and in time."""
    rows = []
    for part, name in (
        ("cross_validation", "cross-validated"),
        ("test", "held out"),
        ("backtest", "later years"),
    ):
        if horizon in metrics[part]:
            spread = metrics["spread"][horizon] if part == "cross_validation" else {}
            rows += _score_rows(name, metrics[part][horizon], spread)
    crossed = _models(metrics["cross_validation"][horizon])
    bars = [scores["mae"] / SCALE for scores in crossed.values()]
    return "\n\n".join(
        [
            "± is the standard deviation over the folds. Held out is one of the folds, which "
            "`make search` does not see.",
            table(
                [f"{NOUN}s", "forecast by", *(METRICS[name].title for name in _SHOWN)], rows, text=2
            ),
            chart(f"MAE, {horizon}, cross-validated", list(crossed), UNIT, bars),
        ]
    )


def _models(scores: Facts) -> dict[str, Facts]:
    return {name: values for name, values in scores.items() if name != "films"}


def _score_rows(name: str, scores: Facts, spread: Facts) -> list[list[str]]:
    films = f"{name} ({scores['films']['count']:,})"
    return [
        [films, model, *_score_cells(values, spread.get(model, {}))]
        for model, values in _models(scores).items()
    ]


def _score_cells(values: Facts, spread: Facts) -> list[str]:
    def cell(name: str) -> str:
        if name not in values:
            return ""
        text = METRICS[name].text
        return text(values[name]) + (f" ± {text(spread[name])}" if spread.get(name) else "")

    return [cell(name) for name in _SHOWN]


def interval(report: Facts) -> str:
    """The model's interval beside one of constant width in logs."""

    def row(name: str) -> list[str]:
        part = report[name]
        score = [amount(part["score_usd"]), f"{part['score_log10']:.3f}"]
        return [name.replace("_", " "), percent(part["coverage"]), *score]

    better = report["improvement"]
    last = ["smaller by", "", percent(better["score_usd"]), percent(better["score_log10"])]
    header = ["interval", "coverage", f"mean interval score, {UNIT}", "in log10"]
    words = (
        "The mean interval score (Gneiting and Raftery, 2007) is the width plus a penalty for "
        f"{NOUN}s outside; smaller is better. The constant width is split-conformal in logs, from "
        f"the same forecasts, each {NOUN}'s own fold left out."
    )
    return f"{words}\n\n{table(header, [row('model'), row('constant_width'), last])}"


def distribution(horizon: str, report: Facts) -> str:
    """Coverage of central intervals, where truths fell among the quantiles, and the score."""
    inside = [
        [percent(float(promised)), percent(share)] for promised, share in report["coverage"].items()
    ]
    score = report["crps_log10"]
    words = (
        f"The continuous ranked probability score, in log10, is {score['model']:.4f}, where the "
        f"same errors around every forecast score {score['constant']:.4f}: smaller by "
        f"{percent(score['improvement'])}. By tenths of the probability that a forecast gave to "
        "less than what came (the PIT), each should hold a tenth."
    )
    tenths = report["pit"]
    bars = [100 * share for share in tenths.values()]
    title = f"{NOUN.capitalize()}s by tenth of the PIT, {horizon} (line: promised)"
    picture = chart(title, list(tenths), "%", bars, 100 / len(bars))
    return "\n\n".join([words, table(["promised", "inside"], inside, text=0), picture])


def calibration(horizon: str, deciles: list[Facts], promised: float) -> str:
    """Where the truth fell, by decile of the forecast, as a table and a chart."""
    names = ("below_interval", "below_forecast", "above_forecast", "above_interval")
    rows = [
        [f"{d['decile']:.0f}", f"{d['films']:.0f}", amount(d["forecast"]), percent(d["coverage"])]
        + [percent(d[name]) for name in names]
        + [f"{10 ** d['bias_log10']:.2f}", amount(d["bias_usd"])]
        for d in deciles
    ]
    header = [
        "decile",
        "films",
        f"median forecast, {UNIT}",
        "inside",
        "below low",
        "low to forecast",
    ]
    header += ["forecast to high", "above high", "median actual / forecast", f"mean error, {UNIT}"]
    bars = [100 * d["coverage"] for d in deciles]
    title = f"Coverage by decile of the forecast, {horizon} (line: promised)"
    names_of = [f"{d['decile']:.0f}" for d in deciles]
    return f"{table(header, rows)}\n\n" + chart(title, names_of, "%", bars, 100 * promised)


def slices(groups: Mapping[str, list[Facts]]) -> str:
    """One table with the slices of every grouping."""
    rows = [
        [group, plain(s["slice"]), f"{s['films']:,.0f}", *slice_cells(s)]
        for group, parts in groups.items()
        for s in parts
    ]
    return table(["by", "slice", f"{NOUN}s", *slice_header()], rows, text=2)


def effects(importance: Facts, ablation: Facts) -> str:
    """Each field, the most important first: what shuffling it and leaving it out costs."""
    order = sorted(importance, key=lambda name: -importance[name]["mean"])
    rows = [
        [f"`{name}`", _shuffled(importance[name]), *_left_out(ablation[name])] for name in order
    ]
    header = [
        "field",
        "shuffled: mean absolute log error",
        "left out: RMSLE",
        f"left out: MAE, {UNIT}",
    ]
    words = (
        f"*Shuffled*: among the held-out {NOUN}s, for a model of the others (± over the repeats). "
        f"*Left out*: the same for all {NOUN}s in training and test, refitted, minus the model "
        "with it on the same folds (range over the folds). Positive is worse without the field."
    )
    return f"{words}\n\n{table(header, rows)}"


def _shuffled(effect: Facts) -> str:
    return f"{effect['mean']:+.3f} ± {effect['spread']:.3f}"


def _left_out(effect: Facts) -> list[str]:
    if not effect["mae"]:
        return ["", ""]
    return [
        _range(effect["rmsle"], "{:+.3f}"),
        _range([v / SCALE for v in effect["mae"]], "{:+.2f}"),
    ]


def _range(values: list[float], form: str) -> str:
    mean, low, high = (
        form.format(v) for v in (sum(values) / len(values), min(values), max(values))
    )
    return mean if len(values) == 1 else f"{mean} ({low} to {high})"


def worst(films: list[Facts]) -> str:
    """The films that were missed by most."""
    rows = [
        [plain(f["title"]), str(f.get("year") or "")]
        + [amount(f[name]) for name in ("model", TARGET, "low", "high")]
        + [f"{f['factor']:,.1f}", amount(f["error"])]
        for f in films
    ]
    amounts = [f"{name}, {UNIT}" for name in ("forecast", "actual", "low", "high")]
    header = [NOUN, "year", *amounts, "wrong by a factor of", f"wrong by, {UNIT}"]
    return table(header, rows)
