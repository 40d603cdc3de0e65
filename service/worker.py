"""From a stored model to an open desk and its doors: what a process does before it answers."""

import gc

from bentoml import Model

from service.dataplane import Desk
from service.limits import Limits
from service.model.predictor import Predictor
from service.rest import v1, v2
from service.rest.endpoint import Door
from service.settings import SERVING, Settings


def open_desk(settings: Settings, model: Model) -> Desk:
    """Load a model within the limits of the settings; raises ModelUnavailable."""
    limits = Limits(
        settings.max_batch, settings.max_body, settings.max_concurrency, settings.timeout
    )
    desk = Desk(Predictor.load(model.path_of(SERVING)), str(model.tag), limits)
    # Collections are rare, and skip what lives as long as the process: they were the slowest 1 %.
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
    return desk


def open_doors(desk: Desk) -> dict[str, Door]:
    """Every door for POST requests, by path."""
    return {**v1.doors(desk), **v2.doors(desk)}
