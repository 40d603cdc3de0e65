"""How amounts of the target read in reports: euros, in thousands."""

UNIT = "k€"
SCALE = 1e3  # EUR
CURRENCY = "EUR"


def amount(eur: float) -> str:
    """An amount in thousands, with a decimal below a hundred."""
    value = eur / SCALE
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
