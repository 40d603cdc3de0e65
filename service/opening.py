"""From settings to an open desk: the model out of the BentoML store, loaded, within its limits."""

import gc

from bentoml.exceptions import NotFound
from bentoml.models import BentoModel

from service.desk import Desk
from service.limits import Limits
from service.predictor import Predictor
from service.settings import SERVING, Settings


def stored(tag: str) -> BentoModel:
    """The model of a tag; raises NotFound with the command that makes one."""
    model = BentoModel(tag)
    if model.stored is None:
        raise NotFound(f"no model {tag!r} in the BentoML model store: run `make train`")
    return model


def open_desk(settings: Settings, model: BentoModel | None = None) -> Desk:
    """Load the model that the settings name, or the one given."""
    model = model or stored(settings.model)
    limits = Limits(
        settings.max_batch, settings.max_body, settings.max_concurrency, settings.timeout
    )
    predictor = Predictor.load(model.path_of(SERVING))
    # What lives as long as the process need not be looked at by the collector again.
    gc.collect()
    gc.freeze()
    return Desk(predictor, str(model.tag), limits)
