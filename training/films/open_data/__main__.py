"""The command: two inputs that are verified, two tables that are written together."""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import pandas as pd

from training.common.files import write_together
from training.films.open_data.cleaning import clean
from training.films.open_data.wikidata import read_films

MOVIES_SHA256 = "e63c499759e3b07b49563e036f55290f87feb56def8703ec049ca305ab1523d3"
WIKIDATA_SHA256 = "1d9c6a02e488d0354b2309e16130c58820a91ac2ce417e814c5964f9579a65ac"
MOVIES = [
    "movie_title",
    "title_year",
    "duration",
    "aspect_ratio",
    "cast_total_facebook_likes",
    "budget",
    "imdb_score",
    "gross",
    "genre",
    "mpaa_rating",
]
FINANCIALS = [
    "movie_title",
    "production_budget",
    "worldwide_gross",
    "domestic_gross",
    "release_date",
]


class InputError(Exception):
    """An input file is missing or is not the one that the tables are built from."""


def to_tables(films: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the raw tables by file name; both hold the same films in the same order."""
    films = films.sort_values(["movie_title", "title_year"], kind="stable")
    whole = ["title_year", "duration", "production_budget", "worldwide_gross", "domestic_gross"]
    films = films.astype(dict.fromkeys(whole, "Int64"))
    films["gross"] = films["domestic_gross"]
    films["release_date"] = films["release_date"].dt.strftime("%Y-%m-%d")
    return {
        "movies.csv": films.reindex(columns=MOVIES),
        "financials.csv": films.reindex(columns=FINANCIALS),
    }


def read_verified(path: Path, sha256: str, package: str) -> bytes:
    """Return the bytes of a file; InputError unless they are those of the named package."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read; take it from {package}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise InputError(f"{path} is not the file with SHA-256 {sha256}; take it from {package}.")
    return content


def main(argv: list[str] | None = None) -> int:
    """Build the tables; return 0, or 1 after one line about an input that cannot be used."""
    parser = argparse.ArgumentParser(
        "python -m training.films.open_data", description="Build data/open from its two sources."
    )
    parser.add_argument("movies", type=Path, help="data/movies.json of vega-datasets")
    parser.add_argument("wikidata", type=Path, help="_data/movies.db of bokeh_sampledata")
    parser.add_argument("--out", type=Path, default=Path("data/open"))
    args = parser.parse_args(argv)
    try:
        movies = read_verified(args.movies, MOVIES_SHA256, "npm package vega-datasets 3.2.1")
        wikidata = read_verified(
            args.wikidata, WIKIDATA_SHA256, "PyPI package bokeh_sampledata 2026.1"
        )
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    films, counts = clean(pd.DataFrame(json.loads(movies)), read_films(wikidata))
    tables = to_tables(films).items()
    write_together({args.out / n: t.to_csv(index=False, lineterminator="\n") for n, t in tables})
    print("\n".join(f"{count:6,} {reason}" for reason, count in counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
