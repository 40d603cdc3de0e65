"""How amounts of the target read in reports: US dollars, in millions."""

UNIT = "M$"
SCALE = 1e6  # USD
CURRENCY = "USD"


def amount(usd: float) -> str:
    """An amount in millions: three digits, but whole from a hundred on."""
    value = usd / SCALE
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:#.3g}"
