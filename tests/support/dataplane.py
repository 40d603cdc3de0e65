"""A dataplane in this process, for tests that need no server."""

from pathlib import Path

from service.dataplane import Desk
from service.limits import Limits
from service.model.predictor import Predictor


def desk_of(folder: Path, **limits: float) -> Desk:
    """A desk with the model of a folder, and with limits that only a test on them meets."""
    usual = {"max_batch": 100, "max_body": 100_000, "max_concurrency": 100, "timeout": 10}
    return Desk(Predictor.load(folder), "box_office:v1", Limits(**{**usual, **limits}))
