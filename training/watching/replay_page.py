"""How a replay reads: a sentence, what anybody may read, and a page with the films."""

from itertools import chain

from service.films.schema import NOUN
from training.common.numbers import percent
from training.films.units import UNIT, amount
from training.reporting.markdown import plain, table
from training.watching.replayed import Change, Film, Said, Verdict

_LEVELS = {"0": "least", "0.5": "median", "1": "most"}


def sentence(said: Verdict) -> str:
    """What follows, and the way out where the candidate is stopped."""
    found, rules = said.found, said.rules
    if said.verdict == "too few" or found.all is None:
        return (
            f"Nothing is judged: {found.films} different {NOUN}s in the journal are too few, "
            f"{rules.min_films} are needed."
        )
    reasons = "; ".join(said.reasons)
    if said.verdict == "stopped":
        return (
            f"{found.candidate} changes too much: {reasons}. If it should, say why in a pull "
            f"request that adds {{model: {found.candidate}, reason: ...}} to replay.accept of "
            "params.yaml."
        )
    if said.verdict == "accepted":
        return f"{found.candidate} is accepted ({rules.reason(found.candidate)}): {reasons}."
    return (
        f"Nothing speaks against {found.candidate}: of {found.films:,} {NOUN}s, "
        f"{percent(found.all.share)} are forecast over {rules.factor:g} times otherwise, and the "
        f"median forecast moves by {percent(found.all.median, signed=True)}."
    )


def summary(said: Verdict) -> str:
    """What may be read where anybody reads: quantiles and shares, and no film."""
    found = said.found
    parts = [
        f"**{plain(sentence(said))}**",
        f"The last {found.films:,} different {NOUN}s of the journal, as they were asked about, "
        f"through `{found.champion}` and `{found.candidate}`.",
    ]
    if found.all is not None:
        groups = {f"all {NOUN}s": found.all} | found.horizons
        parts += [_forecasts(groups, said.rules.factor), _widths(groups), _warnings(said)]
    if found.remembered:
        parts.append(
            f"Of {found.remembered:,} {NOUN}s the journal has what `{found.champion}` answered, "
            f"which counts; {found.otherwise:,} of these it would answer otherwise with this code."
        )
    return "\n\n".join(parts)


def page(said: Verdict) -> str:
    """The whole report, with the films that change most: what people asked about is private."""
    parts = [f"# Replay: {said.verdict}", summary(said)]
    if films := said.found.most_changed:
        parts += [f"## The {NOUN}s that change most", *map(_film, films)]
    return "\n\n".join(parts) + "\n"


def _forecasts(groups: dict[str, Change], factor: float) -> str:
    levels = next(iter(groups.values())).quantiles
    names = [_LEVELS.get(level, f"{100 * float(level):g} %") for level in levels]
    rows = [
        [
            name,
            f"{part.films:,}",
            percent(part.share),
            *(percent(ratio - 1, signed=True) for ratio in part.quantiles.values()),
        ]
        for name, part in groups.items()
    ]
    return "Forecasts of the candidate, by how much they are higher:\n\n" + table(
        ["", f"{NOUN}s", f"over {factor:g} times", *names], rows
    )


def _widths(groups: dict[str, Change]) -> str:
    rows = [
        [name, f"{part.champion:.3f}", f"{part.candidate:.3f}", percent(part.width, signed=True)]
        for name, part in groups.items()
    ]
    return "Median width of the intervals, in logarithms:\n\n" + table(
        ["", "champion", "candidate", "change"], rows
    )


def _warnings(said: Verdict) -> str:
    found = said.found
    if not found.warnings:
        return f"Neither warns of any {NOUN}."
    rows = [
        [f"`{kind}`", *(f"{count:,}" for count in (w.champion, w.candidate, w.new, w.gone))]
        for kind, w in found.warnings.items()
    ]
    header = ["warning", "champion", "candidate", "new", "gone"]
    return (
        f"{NOUN.capitalize()}s with a warning, by kind; {found.warned:,} get a new one:\n\n"
        + table(header, rows)
    )


def _film(film: Film) -> str:
    fields = ", ".join(
        f"{plain(name)}: {plain(value) if isinstance(value, str) else f'{value:.15g}'}"
        for name, value in film.fields.items()
    )
    ratio = film.candidate.forecast / max(film.champion.forecast, 1)
    sides = (("champion", film.champion), ("candidate", film.candidate))
    lines = [f"**{percent(ratio - 1, signed=True)}** {fields}"]
    lines += [f"- {name}: {_told(said)}" for name, said in sides]
    return "\n".join([lines[0], "", *lines[1:]])


def _told(said: Said) -> str:
    bounds = f"{amount(said.low)} to {amount(said.high)} {UNIT}"
    warnings = "".join(chain.from_iterable((" ", plain(each)) for each in said.warnings))
    return f"{amount(said.forecast)} {UNIT}, {bounds}, {said.horizon}.{warnings}"
