"""Where the stages leave what the next ones read, relative to the project's root."""

from pathlib import Path

TABLES = Path("data/ingested")
FILMS = Path("data/films.parquet")
OUTCOMES = Path("data/outcomes")
MODEL = Path("models/box_office")
MODEL_CARD = Path("models/model_card.json")
REPORTS = Path("reports")
METRICS = REPORTS / "metrics.json"
HEADLINE = REPORTS / "headline.json"
ANSWERS = REPORTS / "answers.parquet"
FIELD_EFFECTS = REPORTS / "fields.json"
PLOTS = REPORTS / "plots"
CURVES = REPORTS / "curves"
