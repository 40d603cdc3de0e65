"""Where the stages leave what the next ones read, relative to the project's root."""

from pathlib import Path

TABLES = Path("data/ingested")
FILMS = Path("data/films.parquet")
MODEL = Path("models/box_office")
REPORTS = Path("reports")
METRICS = REPORTS / "metrics.json"
PLOTS = REPORTS / "plots"
