"""The cells of a CSV file, or a sentence on what is in its place."""

import csv
import io
from collections import Counter
from collections.abc import Collection

import pandas as pd

from service.errors import BoxOfficeError

_WAY_OUT = "save the table as CSV in UTF-8, separated by commas"
_BEGINNINGS = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
    b"<": "HTML or XML, perhaps a login page",
    b"{": "JSON",
    b"[": "JSON",
    b"version https://git-lfs": "a pointer of Git LFS",
}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SHOWN = 80  # letters of a header


def read(content: bytes, path: str, needed: Collection[str]) -> pd.DataFrame:
    """All cells as text, blank ones unknown; rows are numbered as in a spreadsheet, from 2 on.

    Raises BoxOfficeError naming the file, and the row or the columns at fault.
    """
    rows = _rows(_text(content, path), path)
    if not rows:
        raise BoxOfficeError(f"{path} is empty: {_WAY_OUT}.")
    header = [cell.strip() for cell in rows.pop(min(rows))]
    _check_header(header, path, needed)
    if not rows:
        raise BoxOfficeError(f"{path} has a header and no rows: export the whole table again.")
    for number, row in rows.items():
        if len(row) != len(header):
            raise BoxOfficeError(
                f"{path}: row {number} does not have {len(header)} cells, as the header has, but "
                f"{len(row)}: export the whole table again."
            )
    table = pd.DataFrame.from_dict(rows, orient="index", columns=header, dtype=str)
    return table.mask(table.apply(lambda texts: texts.str.strip() == ""))


def header(row: bytes, path: str) -> list[str]:
    """The names in the first row of a file; raises BoxOfficeError naming what is wrong with it."""
    names = [cell.strip() for cell in next(iter(_rows(_text(row, path), path).values()), [])]
    if not any(names):
        raise BoxOfficeError(f"{path} has no names of columns in its first row: {_WAY_OUT}.")
    _check_header(names, path, ())
    return names


def _text(content: bytes, path: str) -> str:
    beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind in _BEGINNINGS.items():
        if beginning.startswith(start):
            raise BoxOfficeError(f"{path} is {kind}: {_WAY_OUT}.")
    try:
        text = content.decode("utf-8-sig")
        at = content.find(0)
    except UnicodeDecodeError as error:
        at = error.start
    if at < 0:
        return text
    line = content.count(b"\n", 0, at) + 1
    raise BoxOfficeError(f"{path} is not text in UTF-8, see line {line}: {_WAY_OUT}.")


def _rows(text: str, path: str) -> dict[int, list[str]]:
    """The rows that are not blank, by number."""
    first_line = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first_line.count)
    if separator != ",":
        raise BoxOfficeError(
            f"{path} looks separated by {_SEPARATORS[separator]}: save it with commas."
        )
    number, rows = 0, {}
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1):
            if any(cell.strip() for cell in cells):
                rows[number] = cells
    except csv.Error as error:
        raise BoxOfficeError(
            f"{path}: row {number + 1} has a quotation mark that is not closed, or not doubled: "
            "export the whole table again."
        ) from error
    return rows


def _check_header(header: list[str], path: str, needed: Collection[str]) -> None:
    missing = [name for name in needed if name not in header]
    if missing:
        raise BoxOfficeError(
            f"{path} lacks {', '.join(missing)}: the first row has to name the columns, and is "
            f"{','.join(header)[:_SHOWN]!r}."
        )
    twice = [name for name, count in Counter(filter(None, header)).items() if count > 1]
    if twice:
        raise BoxOfficeError(f"{path} has the column {twice[0]} more than once: keep one of them.")
