"""A table of films: read from a CSV file, forecast, and kept with the forecasts."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.films.fields import FIELDS
from service.films.schema import EXAMPLES, TARGET
from tests.support.browser import Visitor, call, needs_browser

pytestmark = needs_browser
Ask = Callable[..., Any]
TABLE = "\r\n".join(
    (
        "\ufefftitle,Production budget,genre,title_year",
        '"A, the first","60,000,000",Comedy,2006',
        '"Called ""B""",$1.2 bn,Action,2007',
        "",
        "=HYPERLINK(1),12 m,Drama,",
        "",
    )
)
FILMS = [
    {"production_budget": 60e6, "genre": "Comedy", "title_year": 2006},
    {"production_budget": 1.2e9, "genre": "Action", "title_year": 2007},
    {"production_budget": 12e6, "genre": "Drama"},
]


def choose(page: Page, text: str, name: str = "slate.csv") -> None:
    """Choose a file with this text."""
    page.set_input_files(
        "#films-file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )


def kept(page: Page) -> list[dict[str, str]]:
    """The rows of the file that is downloaded."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the forecasts").click()
    assert "slate-forecast.csv" == download.value.suggested_filename
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def cells(page: Page, name: str) -> list[list[str]]:
    """The cells of a table beneath the file."""
    rows = page.locator(f"#films-body table.{name} tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def test_a_file_is_forecast_and_kept_with_all_its_columns(visitor: Visitor, ask: Ask) -> None:
    page = visitor.open()
    choose(page, TABLE)
    expect(page.locator("#films-state")).to_contain_text("3 films forecast")
    rows, answers = kept(page), ask(FILMS, "/v1/predictions")

    assert ["A, the first", 'Called "B"', "'=HYPERLINK(1)"] == [row["title"] for row in rows]
    assert ["60,000,000", "$1.2 bn", "12 m"] == [row["Production budget"] for row in rows]
    for row, answer in zip(rows, answers, strict=True):
        assert answer[TARGET] == float(row[TARGET])
        assert answer["interval"]["low"] == float(row["low"])
        assert answer["interval"]["high"] == float(row["high"])
        assert answer["horizon"] == row["horizon"]
        assert " ".join(answer["warnings"]) == row["warnings"]
        assert "" == row["problem"]


def test_problems_are_told_by_row_and_field_and_the_other_films_are_forecast(
    visitor: Visitor, ask: Ask
) -> None:
    page = visitor.open()
    choose(
        page,
        "title,production_budget,release_month\nA,20M,6\nB,-1,13\nC,much,\nD,1,000,000,5\nE,9M,1\n",
    )
    expect(page.locator("#films-state")).to_contain_text("2 films forecast")
    expect(page.locator("#films-state")).to_contain_text("3 films refused")

    assert [
        ["3", "production_budget", "must be greater than or equal to 0"],
        ["3", "release_month", "must be less than or equal to 12"],
        ["4", "production_budget", "must be a valid number"],
        ["5", "", "has 5 cells, and the first row 3"],
    ] == cells(page, "problems")
    assert ["2", "6"] == [row[0] for row in cells(page, "forecasts")]
    rows = kept(page)
    films = [
        {"production_budget": 2e7, "release_month": 6},
        {"production_budget": 9e6, "release_month": 1},
    ]
    answers = ask(films, "/v1/predictions")
    assert [answers[0][TARGET], answers[1][TARGET]] == [
        float(row[TARGET]) for row in rows if row[TARGET]
    ]
    assert "production_budget must be a valid number" == rows[2]["problem"]


def test_more_films_than_a_request_may_have_are_asked_for_in_pieces(
    visitor: Visitor, ask: Ask
) -> None:
    page = visitor.open()
    page.wait_for_load_state("networkidle")
    visitor.requests.clear()
    budgets = [1_000_000 + 10_000 * row for row in range(450)]
    choose(page, "production_budget\n" + "\n".join(map(str, budgets)))
    expect(page.locator("#films-state")).to_contain_text("450 films forecast")

    assert 3 == len([url for url in visitor.requests if "/v1/predictions" in url])
    rows = kept(page)
    assert budgets == [int(row["production_budget"]) for row in rows]
    [last] = ask([{"production_budget": budgets[-1]}], "/v1/predictions")
    assert last[TARGET] == float(rows[-1][TARGET])
    expect(page.locator("#films-body")).to_contain_text("And 430 more")


def test_of_very_many_wrong_films_each_has_a_problem(visitor: Visitor) -> None:
    page = visitor.open()
    choose(page, "production_budget\n" + "-1\n" * 190 + "5M\n" * 3)
    expect(page.locator("#films-state")).to_contain_text("refused")

    rows = kept(page)
    assert 193 == len(rows)
    assert [] == [row for row in rows if not row["problem"] and not row.get(TARGET)]


def test_a_request_that_is_too_large_is_cut_in_two(visitor: Visitor) -> None:
    page = visitor.open()
    refusals = 0

    def refuse_once(route: Any) -> None:
        nonlocal refusals
        if refusals or len(route.request.post_data_json) < 5:
            return route.fallback()
        refusals += 1
        route.fulfill(status=413, json={"error": "A request may have 10 bytes.", "details": []})

    page.route("**/v1/predictions*", refuse_once)
    choose(page, "production_budget\n" + "5M\n" * 7)

    expect(page.locator("#films-state")).to_contain_text("7 films forecast")
    assert 1 == refusals


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "The first row names none of the fields"),
        ("title,year\nA,2006\n", "The first row names none of the fields"),
        ("title,genre\n\n", "There is no film beneath the first row"),
    ],
)
def test_a_file_that_is_no_table_of_films_is_refused(
    visitor: Visitor, text: str, words: str
) -> None:
    page = visitor.open()
    choose(page, text)

    expect(page.locator("#films-state")).to_contain_text(words)
    expect(page.locator("#films-save")).to_be_hidden()


def test_a_table_is_forecast_again_once_the_server_is_back(visitor: Visitor) -> None:
    page = visitor.open()
    page.context.set_offline(True)
    choose(page, TABLE)
    expect(page.locator("#films-state")).to_contain_text("The server does not answer.")
    page.context.set_offline(False)
    choose(page, TABLE)

    expect(page.locator("#films-state")).to_contain_text("3 films forecast")


def test_a_file_may_be_dropped_anywhere(visitor: Visitor) -> None:
    page = visitor.open()
    dropped = page.evaluate_handle(
        """(text) => {
            const data = new DataTransfer();
            data.items.add(new File([text], "slate.csv", { type: "text/csv" }));
            return data;
        }""",
        TABLE,
    )
    page.dispatch_event("#films-drop", "drop", {"dataTransfer": dropped})

    expect(page.locator("#films-state")).to_contain_text("3 films forecast")


def test_the_file_to_begin_with_is_one_that_is_forecast(visitor: Visitor) -> None:
    page = visitor.open()
    with page.expect_download() as download:
        page.get_by_role("button", name="A file to begin with").click()
    text = Path(download.value.path()).read_bytes().decode("utf-8-sig")
    choose(page, text)

    assert ["title", *FIELDS] == text.splitlines()[0].split(",")
    expect(page.locator("#films-state")).to_contain_text(f"{len(EXAMPLES)} films forecast")


READ = [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"], [""]]),
    ('a,b\r\n"1,0","""so"" it is"\r\n', [["a", "b"], ["1,0", '"so" it is'], [""]]),
    ('\ufeffa;b\n"1;0";2', [["a", "b"], ["1;0", "2"]]),
    ("a\tb\n1\t2", [["a", "b"], ["1", "2"]]),
    ('a,b\n"two\nlines",', [["a", "b"], ["two\nlines", ""]]),
    ("a\rb", [["a"], ["b"]]),
]


def test_a_table_is_read_whatever_program_wrote_it(visitor: Visitor) -> None:
    page = visitor.open()
    for text, rows in READ:
        read = call(page, "csv.js", "read", text)

        assert rows == read[: len(rows)]
        assert all(row in ([], [""]) for row in read[len(rows) :])


FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1+1"]


def test_no_cell_that_is_written_begins_like_a_formula(visitor: Visitor) -> None:
    page = visitor.open()
    plain = ["A film", "-5", "1e-3", "", 'say "so"', "a,b", "two\nlines"]
    text = call(page, "csv.js", "write", [FORMULAS, plain])
    first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))

    assert [f"'{formula}" for formula in FORMULAS] == first
    assert plain == second
