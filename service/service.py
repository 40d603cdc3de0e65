"""BoxOffice, the BentoML service: it translates films to columns and forecasts to answers."""

import gc
from typing import Any

import bentoml
from bentoml.exceptions import NotFound
from bentoml.models import BentoModel

from service import rest
from service.predictor import Predictor
from service.schema import FIELDS, KNOWN, UNITS, Interval, Movie, Prediction
from service.settings import SERVING, Settings


def _stored(tag: str) -> BentoModel:
    model = BentoModel(tag)
    if model.stored is None:
        raise NotFound(f"no model {tag!r} in the BentoML model store: run `make train`")
    return model


settings = Settings.from_env()


@bentoml.service(
    name="box_office",
    workers=settings.workers,
    traffic={"timeout": 10},
    metrics={"enabled": True},
)
@bentoml.asgi_app(rest.routes, path="/v1")
class BoxOffice:
    """Forecasts the worldwide gross of a film, in USD, with an interval."""

    model = _stored(settings.model)

    def __init__(self) -> None:
        self.predictor = Predictor.load(self.model.path_of(SERVING))
        gc.collect()
        gc.freeze()

    @bentoml.api(route="/v1/prediction")
    async def prediction(self, movie: Movie, /) -> Prediction:
        """Forecast one film from what is known of it; see GET /v1/model for units and ranges."""
        forecast = self.predictor.predict({name: [getattr(movie, name)] for name in FIELDS})
        return Prediction(
            worldwide_gross=forecast.gross[0],
            interval=Interval(
                low=forecast.low[0],
                high=forecast.high[0],
                coverage=self.predictor.card.coverage,
            ),
            horizon=forecast.horizon[0],
            warnings=forecast.warnings[0],
            model=str(self.model.tag),
        )

    def describe(self) -> dict[str, Any]:
        """What is deployed: the answer of GET /v1/model."""
        info, card = self.model.info, self.predictor.card
        return {
            "model": str(info.tag),
            "trained_at": info.creation_time.isoformat(timespec="seconds"),
            "git_sha": info.metadata["git_sha"],
            "data_hash": card.data_hash,
            "coverage": card.coverage,
            "horizons": {h: part.model_dump() for h, part in card.horizons.items()},
            "fields": {name: self._field(name) for name in FIELDS},
            "metrics": info.metadata["metrics"],
            "params": info.metadata["params"],
            "card": info.metadata["card"],
        }

    def _field(self, name: str) -> dict[str, Any]:
        card = self.predictor.card
        seen = card.ranges.get(name)
        return {
            "unit": UNITS[name],
            "known": KNOWN[name],
            "used_by": [h for h, part in card.horizons.items() if name in part.fields],
            "training_range": seen and [seen.low, seen.high],
            "categories": card.categories.get(name),
        }


def _with_middleware(service: Any) -> None:
    service.add_asgi_middleware(rest.OneErrorShape)
    service.add_asgi_middleware(rest.JsonOnly)


_with_middleware(BoxOffice)
