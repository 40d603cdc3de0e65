"""The shipped tables, and the package that builds them from its two sources."""

import errno
import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.project import ROOT
from training.films.open_data import __main__ as command
from training.films.open_data.cleaning import clean
from training.films.open_data.wikidata import Film, find_minutes, index_films

OPEN = ROOT / "data" / "open"
Build = Callable[..., int]


def film(**changes: Any) -> dict[str, Any]:
    """One row of the first source, complete unless changed."""
    row = {
        "Title": "Jaws",
        "Release Date": "Jun 20 1975",
        "Running Time min": 124,
        "IMDB Rating": 8.3,
        "IMDB Votes": 1000,
        "Production Budget": 12000000,
        "US Gross": 260000000,
        "Worldwide Gross": 470700000,
        "Major Genre": "Horror",
        "MPAA Rating": "PG",
    }
    return row | {name.replace("_", " "): value for name, value in changes.items()}


def cleaned(*rows: dict[str, Any], wikidata: tuple[Film, ...] = ()) -> pd.DataFrame:
    """The rows as they come out of the repairs."""
    return clean(pd.DataFrame(list(rows)), index_films(wikidata))[0]


def only(rows: pd.DataFrame, column: str) -> Any:
    """The value of a column in a table of one row."""
    (value,) = rows[column]
    return value


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Run main on two small inputs whose hashes are accepted; the tables go to tmp_path/out."""

    def run(*rows: dict[str, Any], out: str = "out") -> int:
        movies, wikidata = tmp_path / "movies.json", tmp_path / "movies.db"
        movies.write_text(json.dumps(rows))
        wikidata.unlink(missing_ok=True)
        with closing(sqlite3.connect(wikidata)) as connection, connection:
            connection.execute("CREATE TABLE omdb (Title TEXT, Year INTEGER, Runtime REAL)")
            connection.execute("INSERT INTO omdb VALUES ('Jaws', 1975, 124), ('Heat', 1995, NULL)")
        for name, path in (("MOVIES_SHA256", movies), ("WIKIDATA_SHA256", wikidata)):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            monkeypatch.setattr(command, name, digest)
        return command.main([str(movies), str(wikidata), "--out", str(tmp_path / out)])

    return run


class TestRepairs:
    """What happens to one value."""

    @pytest.mark.parametrize(
        ("raw", "title"),
        [
            (300, "300"),
            ("LÈon", "Léon"),
            ("The Naked Gun 2Ω", "The Naked Gun 2½"),
            ("Alien³", "Alien³"),
            ("  Halloween:\u00a0 The Curse ", "Halloween: The Curse"),
            ("Barbarians, The", "The Barbarians"),
            ("Lolita (1975)", "Lolita"),
            ("Lolita (1962)", "Lolita (1962)"),
        ],
    )
    def test_title_is_clean_text(self, raw: object, title: str) -> None:
        """The film is of 1975."""
        assert only(cleaned(film(Title=raw)), "movie_title") == title

    @pytest.mark.parametrize(
        ("raw", "date"),
        [
            ("Dec 24 2043", "1943-12-24"),
            ("Feb 29 2016", "1916-02-29"),
            ("Jan 28 2011", "2011-01-28"),
            ("Sep 17 2010", "2010-09-17"),
        ],
    )
    def test_only_year_after_the_source_moves_a_century(self, raw: str, date: str) -> None:
        """The last plausible year is 2011."""
        repaired = cleaned(film(Release_Date=raw))

        assert only(repaired, "release_date") == pd.Timestamp(date)
        assert only(repaired, "title_year") == int(date[:4])

    @pytest.mark.parametrize(
        ("raw", "known_year", "date"),
        [
            ("Dec 31 1959", 1960, "1960-01-01"),
            ("Dec 31 1959", None, "1960-01-01"),
            ("Dec 31 1959", 1959, "1959-12-31"),
            ("Dec 31 2046", 1946, "1946-12-31"),
            ("Dec 31 1969", 1970, "1970-01-01"),
            ("Dec 31 2008", 2009, "2008-12-31"),
            ("Dec 30 1959", 1960, "1959-12-30"),
        ],
    )
    def test_last_day_of_an_old_year_stands_for_the_next_year(
        self, raw: str, known_year: int | None, date: str
    ) -> None:
        """Unless Wikidata has the film in the earlier year."""
        wikidata = (Film("Jaws", known_year, 100),) if known_year else ()

        repaired = cleaned(film(Release_Date=raw), wikidata=wikidata)

        assert only(repaired, "release_date") == pd.Timestamp(date)

    def test_day_before_1970_without_a_witness_is_no_date(self) -> None:
        """It is how a missing date is written by software that counts from 1970."""
        assert cleaned(film(Release_Date="Dec 31 1969")).empty

    def test_score_that_namesakes_share_is_unknown_for_both(self) -> None:
        """It was joined by title, and belongs to one of them at most."""
        films = cleaned(film(), film(Release_Date="Jun 20 2005"), film(Title="Heat"))

        assert films["imdb_score"].isna().tolist() == [True, True, False]

    def test_values_that_are_none_are_emptied(self) -> None:
        """A gross of 0 is unknown, and Open is no rating class."""
        repaired = cleaned(film(US_Gross=0, MPAA_Rating="Open"))

        assert pd.isna(only(repaired, "domestic_gross"))
        assert pd.isna(only(repaired, "mpaa_rating"))


class TestRows:
    """Which rows stay."""

    @pytest.mark.parametrize("column", ["Production Budget", "Worldwide Gross"])
    @pytest.mark.parametrize("value", [0, None])
    def test_film_without_budget_or_gross_is_dropped(self, column: str, value: int | None) -> None:
        """Both are what the tables are for."""
        kept = cleaned(film() | {column: value}, film(Title="Heat"))

        assert kept["movie_title"].tolist() == ["Heat"]

    def test_film_without_title_is_dropped(self) -> None:
        """It cannot be joined."""
        assert cleaned(film(Title=None), film(Title="Heat"))["movie_title"].tolist() == ["Heat"]

    def test_remake_is_kept(self) -> None:
        """It has the title, but another year."""
        films = cleaned(film(), film(Release_Date="Jun 20 2005"))

        assert films["title_year"].tolist() == [1975, 2005]

    def test_duplicate_is_dropped(self) -> None:
        """Also when the titles differ by what is repaired."""
        assert len(cleaned(film(), film(), film(Title=" Jaws"), film(Title="Jaws (1975)"))) == 1

    def test_every_drop_is_counted(self) -> None:
        """The counts and the kept rows add up to what was read."""
        rows = [film(), film(), film(Title=None), film(Worldwide_Gross=0)]

        films, counts = clean(pd.DataFrame(rows), {})

        dropped = sum(count for reason, count in counts.items() if reason.startswith("dropped"))
        assert (counts["rows read"], dropped, len(films)) == (4, 3, 1)


class TestRuntimes:
    """Where a runtime comes from."""

    @pytest.mark.parametrize("apart", [-1, 0, 1])
    def test_second_source_fills_when_the_year_is_within_one(self, apart: int) -> None:
        """A release abroad can be a year away."""
        wikidata = (Film("Jaws", 1975 + apart, 120),)

        assert only(cleaned(film(Running_Time_min=None), wikidata=wikidata), "duration") == 120

    @pytest.mark.parametrize("apart", [-2, 2])
    def test_second_source_is_ignored_when_the_year_is_further(self, apart: int) -> None:
        """That can be another film."""
        wikidata = (Film("Jaws", 1975 + apart, 120),)

        assert pd.isna(only(cleaned(film(Running_Time_min=None), wikidata=wikidata), "duration"))

    def test_first_source_wins(self) -> None:
        """The second one may have a longer cut."""
        assert only(cleaned(film(), wikidata=(Film("Jaws", 1975, 150),)), "duration") == 124

    @pytest.mark.parametrize("title", ["the island!", "Island", "The Ísland"])
    def test_spelling_does_not_matter(self, title: str) -> None:
        """Case, punctuation, accents and a leading article are no difference."""
        assert find_minutes("The Island", 2005, index_films([Film(title, 2005, 136)])) == 136

    def test_same_spelling_wins_then_closest_year(self) -> None:
        """The Bubble is not Bubble, and a film of the year is closer than one of the next."""
        index = index_films([Film("The Bubble", 2006, 115), Film("Bubble", 2005, 73)])
        islands = index_films([Film("The Island", 2006, 112), Film("The Island", 2005, 136)])

        assert find_minutes("Bubble", 2006, index) == 73
        assert find_minutes("The Island", 2005, islands) == 136

    @pytest.mark.parametrize("minutes", [[90, 95], [1], [776], [0], []])
    def test_doubtful_runtime_stays_unknown(self, minutes: list[int]) -> None:
        """Candidates that disagree, implausible ones, and none at all."""
        index = index_films(Film("Jaws", 1975, each) for each in minutes)

        assert pd.isna(find_minutes("Jaws", 1975, index))


class TestMain:
    """The command."""

    def test_tables_have_the_raw_layout(self, build: Build, tmp_path: Path) -> None:
        """An unknown value is an empty cell, and whole numbers have no decimals."""
        assert build(film(), film(Title="Heat", Running_Time_min=None)) == 0

        assert (tmp_path / "out/movies.csv").read_text().splitlines() == [
            "movie_title,title_year,duration,aspect_ratio,cast_total_facebook_likes,budget,"
            "imdb_score,gross,genre,mpaa_rating",
            "Heat,1975,,,,,8.3,260000000,Horror,PG",
            "Jaws,1975,124,,,,8.3,260000000,Horror,PG",
        ]
        assert (tmp_path / "out/financials.csv").read_text().splitlines() == [
            "movie_title,production_budget,worldwide_gross,domestic_gross,release_date",
            "Heat,12000000,470700000,260000000,1975-06-20",
            "Jaws,12000000,470700000,260000000,1975-06-20",
        ]

    def test_counts_are_printed(self, build: Build, capsys: pytest.CaptureFixture[str]) -> None:
        """One line a reason."""
        build(film(), film(Title=None), film(Title=300))

        printed = [line.strip() for line in capsys.readouterr().out.splitlines()]
        assert "1 dropped: title missing" in printed
        assert "1 repaired: number in place of a title" in printed

    def test_output_does_not_depend_on_the_order_of_rows(
        self, build: Build, tmp_path: Path
    ) -> None:
        """The same films give the same bytes."""
        rows = [film(), film(Title="Heat"), film(Release_Date="Jun 20 2005")]
        build(*rows, out="one")
        build(*reversed(rows), out="two")

        for name in ("movies.csv", "financials.csv"):
            one, two = (tmp_path / out / name for out in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
            assert b"\r" not in one.read_bytes()

    def test_other_file_is_refused_by_name(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The line says which file, and where the right one is; nothing is written."""
        (tmp_path / "movies.json").write_text("[]")
        paths = [str(tmp_path / name) for name in ("movies.json", "movies.db")]

        assert command.main([*paths, "--out", str(tmp_path / "out")]) == 1

        (message,) = capsys.readouterr().err.splitlines()
        assert paths[0] in message
        assert "vega-datasets 3.2.1" in message
        assert not (tmp_path / "out").exists()

    def test_missing_file_is_refused_by_name(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """As for a wrong one."""
        absent, out = (str(tmp_path / name) for name in ("absent.json", "out"))

        assert command.main([absent, "x", "--out", out]) == 1

        (message,) = capsys.readouterr().err.splitlines()
        assert "absent.json cannot be read; take it from npm package" in message

    def test_tables_stay_as_they_were_when_one_cannot_be_written(
        self, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No table is half new, and no draft is left over."""
        build(film())
        before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        write_bytes = Path.write_bytes

        def fail(path: Path, *args: Any, **kwargs: Any) -> int:
            if "financials" in path.name:
                raise OSError(errno.ENOSPC, "disk full")
            return write_bytes(path, *args, **kwargs)

        monkeypatch.setattr(Path, "write_bytes", fail)
        with pytest.raises(OSError, match="disk full"):
            build(film(Title="Heat"))

        assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


class TestShippedTables:
    """What data/README.md promises of the files in data/open."""

    @pytest.fixture
    def movies(self) -> pd.DataFrame:
        """The films."""
        return pd.read_csv(OPEN / "movies.csv", dtype={"movie_title": str})

    @pytest.fixture
    def financials(self) -> pd.DataFrame:
        """Their budgets and grosses."""
        table = pd.read_csv(OPEN / "financials.csv", dtype={"movie_title": str})
        return table.assign(title_year=table["release_date"].str[:4].astype(int))

    def test_there_are_more_than_3000_films(self, movies: pd.DataFrame) -> None:
        """Each with a title."""
        assert len(movies) > 3000
        assert movies["movie_title"].str.strip().str.len().gt(0).all()
        assert movies["movie_title"].eq(movies["movie_title"].str.strip()).all()

    def test_title_and_year_join_the_tables(
        self, movies: pd.DataFrame, financials: pd.DataFrame
    ) -> None:
        """The pair is unique, and the same in both, row by row."""
        key = ["movie_title", "title_year"]

        assert not movies.duplicated(key).any()
        pd.testing.assert_frame_equal(movies[key], financials[key])

    def test_values_are_plausible(self, movies: pd.DataFrame, financials: pd.DataFrame) -> None:
        """Nothing unknown is written as 0, and a part is not greater than the whole."""
        assert movies["title_year"].between(1915, 2010).all()
        assert movies["duration"].dropna().between(40, 300).all()
        assert movies["imdb_score"].dropna().between(1, 10).all()
        assert financials["production_budget"].gt(0).all()
        assert financials["worldwide_gross"].gt(0).all()
        assert financials["domestic_gross"].dropna().gt(0).all()
        assert not financials["domestic_gross"].gt(financials["worldwide_gross"]).any()
        pd.testing.assert_series_equal(
            movies["gross"], financials["domestic_gross"], check_names=False
        )

    def test_categories_are_the_documented_ones(self, movies: pd.DataFrame) -> None:
        """Six rating classes and twelve genres."""
        ratings = {"G", "PG", "PG-13", "R", "NC-17", "Not Rated"}

        assert set(movies["mpaa_rating"].dropna()) == ratings
        assert movies["genre"].nunique() == 12

    @pytest.mark.parametrize("name", ["movies.csv", "financials.csv"])
    def test_data_card_counts_what_is_missing(self, name: str) -> None:
        """The last column of the card's table of each file, column by column."""
        card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
        section = card.split(f"\n## {name}\n")[1].split("\n## ")[0]
        documented = re.findall(r"^\| `(\w+)` \|.*\| ([\d,]+) \|$", section, re.MULTILINE)

        missing = pd.read_csv(OPEN / name).isna().sum()

        assert documented == [(str(column), f"{count:,}") for column, count in missing.items()]

    def test_data_card_counts_the_films(self, movies: pd.DataFrame) -> None:
        """In its first sentence."""
        card = (ROOT / "data" / "README.md").read_text(encoding="utf-8")

        assert f"{len(movies):,} real films" in card
