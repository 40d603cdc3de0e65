"""FastAPI with the scikit-learn pipeline; gunicorn runs it in 2 uvicorn workers.

The handlers are `async def`: that is twice as fast here as `def`, whose threads would compete.
"""

from typing import Any

from fastapi import FastAPI  # type: ignore[import-not-found]

from benchmarks.alternatives.pipeline import Pipeline
from service.films.schema import Movie, Prediction

app = FastAPI()
_pipeline = Pipeline.from_env()


@app.post("/v1/prediction", response_model=Prediction)  # type: ignore[untyped-decorator]
async def prediction(movie: Movie) -> Any:
    """Forecast one film."""
    return _pipeline.predictions([movie.model_dump()])[0]


@app.post("/v1/predictions", response_model=list[Prediction])  # type: ignore[untyped-decorator]
async def predictions(movies: list[Movie]) -> Any:
    """Forecast many films."""
    return _pipeline.predictions([movie.model_dump() for movie in movies])
