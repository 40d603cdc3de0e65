"""The deployed model as bytes, which reach workers that share no disk with this machine."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from service.errors import BoxOfficeError
from service.model.manifest import MANIFEST
from service.model.predictor import Predictor
from service.settings import SERVING


@dataclass(frozen=True)
class Model:
    """A model by its tag, which is a hash of its files, and the files that forecasts need."""

    tag: str
    files: tuple[tuple[str, bytes], ...] = field(compare=False, repr=False)

    @classmethod
    def stored(cls, tag: str) -> "Model":
        """A model of the BentoML store; raises BoxOfficeError with the way out."""
        # Where the table is scored there is no store, and to import it takes a third of a start.
        from bentoml.exceptions import NotFound

        from service.store import readable

        try:
            model = readable(tag)
        except NotFound as error:
            raise BoxOfficeError(f"{error}.") from error
        paths = sorted(Path(model.path_of(SERVING)).iterdir())
        needed = [path for path in paths if path.name == MANIFEST or path.suffix == ".onnx"]
        return cls(str(model.tag), tuple((path.name, path.read_bytes()) for path in needed))

    def predictor(self) -> Predictor:
        """The predictor of this model, loaded once in a process."""
        return _loaded(self)


@lru_cache(maxsize=1)
def _loaded(model: Model) -> Predictor:
    with TemporaryDirectory() as folder:
        for name, content in model.files:
            (Path(folder) / name).write_bytes(content)
        return Predictor.load(folder)
