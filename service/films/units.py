"""Numbers with their units, as they are told in sentences."""

from service.films.fields import UNITS
from service.films.schema import UNSAID

_WORDS = ((1e12, " trillion"), (1e9, " billion"), (1e6, " million"))


def told(name: str, value: float) -> str:
    """A value of a field with its unit, such as `2.5 million USD`, `4,000 screens` or `1915`."""
    return _number(name, value) + _unit(name)


def told_range(name: str, low: float, high: float) -> str:
    """The range of a field, such as `218 USD to 250 million USD` or `70 to 220 min`."""
    numbers = _number(name, low), _number(name, high)
    # Of two numbers, a word after the second seems to belong to both.
    alike = len({number.partition(" ")[2] for number in numbers}) == 1
    return f"{numbers[0]}{'' if alike else _unit(name)} to {numbers[1]}{_unit(name)}"


def _number(name: str, value: float) -> str:
    if UNITS[name] in UNSAID:
        return f"{value:g}"
    value = float(f"{value:.6g}")
    scale, word = next((each for each in _WORDS if value >= each[0]), (1.0, ""))
    return f"{value / scale:,.6g}{word}"


def _unit(name: str) -> str:
    return "" if UNITS[name] in UNSAID else f" {UNITS[name]}"
