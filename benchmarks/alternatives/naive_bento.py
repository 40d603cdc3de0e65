"""A BentoML service as on the first page of its guide, with the scikit-learn pipeline."""

import bentoml

from benchmarks.alternatives.pipeline import Pipeline
from service.films.schema import Movie, Prediction


@bentoml.service(workers=2)
class NaiveBento:
    """Forecasts films with the estimator itself."""

    def __init__(self) -> None:
        self._pipeline = Pipeline.from_env()

    @bentoml.api(route="/v1/prediction")  # type: ignore[untyped-decorator]
    def prediction(self, movie: Movie, /) -> Prediction:
        """Forecast one film."""
        return Prediction.model_validate(self._pipeline.predictions([movie.model_dump()])[0])

    @bentoml.api(route="/v1/predictions")  # type: ignore[untyped-decorator]
    def predictions(self, movies: list[Movie], /) -> list[Prediction]:
        """Forecast many films."""
        answers = self._pipeline.predictions([movie.model_dump() for movie in movies])
        return [Prediction.model_validate(answer) for answer in answers]
