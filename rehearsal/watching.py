"""What was forecast is watched: silent where films are as in training, heard where they are not."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from delivery.alarm import TITLES
from rehearsal.retraining import read
from rehearsal.sandbox import Sandbox, expect
from service.films.fields import FIELDS, LABELS
from service.films.schema import EXPECTED, TARGET
from service.model.predictor import Predictor
from service.settings import MODEL_NAME
from training.common.paths import FILMS, MODEL
from training.estimator.folder import version

FORECASTS = 200
OUTSIDE = 1e9  # what films become, over the upper bounds of their intervals


def watching(sandbox: Sandbox) -> Iterator[str]:
    """No issue for films as in training, one for a broken promise, closed when that is over."""
    said = forecasts(sandbox)
    outcomes = [
        {"journal": "outcome", "id": each["id"], "time": now(), TARGET: OUTSIDE} for each in said
    ]
    expect(look(sandbox, said) == [], "There is an issue on films as in training.")
    yield "watch: films as in training are no issue"
    for _ in range(2):
        states = look(sandbox, said + outcomes)
        expect(states == ["OPEN"], f"The issues on a broken promise are {states}.")
    states = look(sandbox, said)
    expect(states == ["CLOSED"], f"The issues on a promise that is kept are {states}.")
    yield "watch: a broken promise is one issue, starts train.yml, and is closed when it is over"


def now() -> str:
    """The time, as the journal writes it."""
    return pd.Timestamp.now(tz="UTC").isoformat()


def forecasts(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Records of forecasts, of films drawn from those of the training."""
    predictor = Predictor.load(sandbox.main / MODEL)
    films = pd.read_parquet(sandbox.main / FILMS)[[*FIELDS]].sample(FORECASTS, random_state=1)
    told = films.astype(object).where(films.notna(), None)
    columns = {name: (told if name in LABELS else films)[name].tolist() for name in FIELDS}
    answer, tag = predictor.predict(columns), f"{MODEL_NAME}:{version(sandbox.main / MODEL)}"
    return [
        {
            "journal": "forecast",
            "id": f"film-{row}",
            "time": now(),
            "endpoint": "rest",
            "model": tag,
            "fields": film,
            TARGET: answer.point[row],
            EXPECTED: answer.expected[row],
            "interval": {
                "low": answer.low[row],
                "high": answer.high[row],
                "coverage": predictor.manifest.coverage,
            },
            "horizon": answer.horizon[row],
            "warnings": answer.warnings[row],
        }
        for row, film in enumerate(told.to_dict("records"))
    ]


def look(sandbox: Sandbox, records: list[dict[str, Any]]) -> list[str]:
    """Put a journal into the bucket and run watch.yml; the states of the issues on it."""
    folder = sandbox.folder / "journal"
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (folder / "today.jsonl").write_text(lines)
    sandbox.bucket.upload(folder, "journal")
    workspace = sandbox.clone("watch")
    for step in ("install", "pull", "alarm"):
        sandbox.workflows.run("watch.yml", "watch", step, workspace)
    path = sandbox.github / "issues.json"
    issues = read(path) if path.exists() else []
    return [each["state"] for each in issues if each["title"] in TITLES.values()]
