"""Invented films, as raw tables."""

from pathlib import Path

import numpy as np
import pandas as pd


def invented_tables(count: int = 400) -> dict[str, pd.DataFrame]:
    """Raw tables of `count` invented films whose gross follows budget and opening."""
    random = np.random.default_rng(20)
    budget = np.exp(random.normal(17, 1.2, count)).round()
    opening = (budget * np.exp(random.normal(-1, 0.5, count))).round()
    gross = (opening * np.exp(random.normal(1.5, 0.3, count))).round()
    years = random.integers(1985, 2011, count)
    titles = [f"Film {i}" for i in range(count)]
    movies = pd.DataFrame(
        {
            "title_year": years,
            "aspect_ratio": random.choice([1.85, 2.35], count),
            "duration": random.integers(80, 180, count),
            "cast_total_facebook_likes": random.integers(0, 50000, count),
            "budget": budget,
            "imdb_score": random.uniform(2, 9, count).round(1),
            "gross": (gross / 2).round(),
            "movie_title": titles,
            "genre": random.choice(["Action", "Comedy", "Drama"], count),
            "mpaa_rating": random.choice(["PG", "R"], count),
        }
    )
    financials = pd.DataFrame(
        {
            "movie_title": titles,
            "production_budget": budget,
            "worldwide_gross": gross,
            "domestic_gross": (gross / 2).round(),
            "release_date": [f"{y}-06-15" for y in years],
        }
    )
    openings = pd.DataFrame(
        {
            "movie_title": titles,
            "opening_gross": opening,
            "screens": random.integers(100, 4000, count),
        }
    )
    return {"movies": movies, "financials": financials, "opening_gross": openings}


def write_tables(tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    """Write raw tables as CSV files, in the layout that `ingest.source` expects."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder
