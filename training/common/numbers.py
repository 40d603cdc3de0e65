"""Numbers of reports: rounded alike, so that two runs can be compared, and as people read them."""

from typing import SupportsFloat


def six_digits(value: SupportsFloat) -> float:
    """A value with six significant digits."""
    return float(f"{float(value):.6g}")


def rounded(**values: SupportsFloat) -> dict[str, float]:
    """Values with six significant digits, by name."""
    return {name: six_digits(value) for name, value in values.items()}


def some(count: int, noun: str) -> str:
    """A number of things, in words."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def percent(share: float, signed: bool = False) -> str:
    """A share of one in percent."""
    return f"{100 * share:{'+' if signed else ''}.1f} %"
