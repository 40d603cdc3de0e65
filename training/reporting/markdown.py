"""Markdown: tables and Mermaid charts."""

import re
from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]], text: int = 1) -> str:
    """A table whose first `text` columns are words and whose others are numbers."""
    rule = ["---" if i < text else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def chart(
    title: str, names: Sequence[object], axis: str, bars: Sequence[float], line: float | None = None
) -> str:
    """Bars over names, beside a level line where one is given, for what renders Mermaid."""
    top = max(*bars, line or 0, 1)
    lines = [
        "```mermaid",
        "xychart-beta",
        f'    title "{title}"',
        f"    x-axis [{', '.join(str(name) for name in names)}]",
        f'    y-axis "{axis}" 0 --> {top:.0f}',
        f"    bar [{_numbers(bars)}]",
    ]
    if line is not None:
        lines.append(f"    line [{_numbers([line] * len(bars))}]")
    return "\n".join([*lines, "```"])


def plain(words: str) -> str:
    """Words from a table of films, so that none of their signs are taken for Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]<>|#~@&])", r"\\\1", " ".join(words.split()))


def _numbers(values: Iterable[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)
