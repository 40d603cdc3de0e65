"""A CSV file is read whole, or a sentence says what is in its place and how to put it right."""

import gzip
import io

import pandas as pd
import pytest

from service.errors import BoxOfficeError
from training.common import csv_file

COLUMNS = ["movie_title", "budget"]
HEADER = "movie_title,budget"
GOOD = f"{HEADER}\nHeat,60\nAmélie,\n"


def read(content: str | bytes) -> pd.DataFrame:
    content = content.encode() if isinstance(content, str) else content
    return csv_file.read(content, "raw/movies.csv", COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD.rstrip(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        f"\n{GOOD}\n,\n , \n\n",
        '"movie_title","budget"\n"Heat","60"\n"Amélie",""\n',
        GOOD.replace(HEADER, " movie_title , budget "),
        GOOD.replace("Amélie,", "Amélie,\u00a0"),
    ],
    ids=[
        "plain",
        "no newline at the end",
        "byte order mark",
        "Windows lines",
        "old Macintosh lines",
        "blank rows",
        "quoted",
        "blanks in the header",
        "a blank that does not break",
    ],
)
def test_a_table_is_read_however_it_was_saved(content: str | bytes) -> None:
    table = read(content)

    assert COLUMNS == list(table)
    assert ["Heat", "Amélie"] == table["movie_title"].to_list()
    assert "60" == table["budget"].iloc[0]
    assert table["budget"].isna().iloc[1]


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    table = read(f'{HEADER}\nHeat,60\n\n"Two\nlines",1\nRonin,55\n')

    assert [2, 4, 5] == table.index.to_list()
    assert "Two\nlines" == table["movie_title"][4]


UTF_8 = "save the table as CSV in UTF-8, separated by commas"
AGAIN = "export the whole table again"
REFUSED = {
    "semicolons": (GOOD.replace(",", ";"), " looks separated by semicolons: save it with commas"),
    "tabs": (GOOD.replace(",", "\t"), " looks separated by tabs: save it with commas"),
    "bars": (GOOD.replace(",", "|"), " looks separated by vertical bars: save it with commas"),
    "empty": ("", f" is empty: {UTF_8}"),
    "blank": ("\n \n,\n", f" is empty: {UTF_8}"),
    "header only": (HEADER, f" has a header and no rows: {AGAIN}"),
    "UTF-16": (GOOD.encode("utf-16"), f" is text in UTF-16: {UTF_8}"),
    "UTF-16, unmarked": (GOOD.encode("utf-16-be"), f" is not text in UTF-8, see line 3: {UTF_8}"),
    "Latin-1": (GOOD.encode("latin-1"), f" is not text in UTF-8, see line 3: {UTF_8}"),
    "a zero byte": (GOOD.replace("H", "\0"), f" is not text in UTF-8, see line 2: {UTF_8}"),
    "Excel": (b"PK\x03\x04\x14\0\x06\0", f" is an Excel workbook or a ZIP archive: {UTF_8}"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f" is an Excel workbook: {UTF_8}"),
    "gzip": (gzip.compress(GOOD.encode()), f" is a gzip file: {UTF_8}"),
    "Git LFS": ("version https://git-lfs.github.com/spec/v1", f" is a pointer of Git LFS: {UTF_8}"),
    "HTML": ("\n<!DOCTYPE html>\n<p>Sign in", f" is HTML or XML, perhaps a login page: {UTF_8}"),
    "JSON": ('[{"movie_title": "Heat"}]', f" is JSON: {UTF_8}"),
    "no header": (
        "Heat,60\nRonin,55\n",
        " lacks movie_title, budget: the first row has to name the columns, and is 'Heat,60'",
    ),
    "a line above": (
        f"Our films\n{GOOD}",
        " lacks movie_title, budget: the first row has to name the columns, and is 'Our films'",
    ),
    "another case": (
        GOOD.replace("budget", "Budget"),
        " lacks budget: the first row has to name the columns, and is 'movie_title,Budget'",
    ),
    "a column twice": (
        "movie_title,budget,budget\nHeat,60,70\n",
        " has the column budget more than once: keep one of them",
    ),
    "a long row": (
        f"{GOOD}Ronin,5,5\n",
        f": row 4 does not have 2 cells, as the header has, but 3: {AGAIN}",
    ),
    "a cut row": (
        f"{GOOD}Ron",
        f": row 4 does not have 2 cells, as the header has, but 1: {AGAIN}",
    ),
    "a cut text": (
        f'{GOOD}"Ron',
        f": row 4 has a quotation mark that is not closed, or not doubled: {AGAIN}",
    ),
    "a stray quotation mark": (
        f'{HEADER}\n"Weird" Al,1\n',
        f": row 2 has a quotation mark that is not closed, or not doubled: {AGAIN}",
    ),
}


def parquet() -> bytes:
    file = io.BytesIO()
    pd.DataFrame({"movie_title": ["Heat"]}).to_parquet(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [*REFUSED.values(), (parquet(), f" is a Parquet file: {UTF_8}")],
    ids=[*REFUSED, "Parquet"],
)
def test_what_is_no_table_is_refused_in_a_sentence(content: str | bytes, sentence: str) -> None:
    with pytest.raises(BoxOfficeError) as error:
        read(content)

    assert f"raw/movies.csv{sentence}." == str(error.value)
