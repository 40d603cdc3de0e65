"""The BentoML model store, where the deployed model comes from."""

from bentoml.exceptions import NotFound
from bentoml.models import BentoModel


def stored(tag: str) -> BentoModel:
    """The model of a tag; raises NotFound with the command that makes one."""
    model = BentoModel(tag)
    if model.stored is None:
        raise NotFound(f"no model {tag!r} in the BentoML model store: run `make train`")
    return model
