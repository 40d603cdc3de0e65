"""A dataplane in this process, for tests that need no server."""

from pathlib import Path

from service.dataplane import Dataplane
from service.limits import Limits
from service.model.predictor import Predictor


def dataplane_of(folder: Path, **limits: float) -> Dataplane:
    """A dataplane with the model of a folder, and with limits that only a test on them meets."""
    usual = {"max_batch": 100, "max_body": 100_000, "max_concurrency": 100, "timeout": 10}
    return Dataplane(Predictor.load(folder), "box_office:v1", Limits(**{**usual, **limits}))
