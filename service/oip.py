"""Open Inference Protocol v2: tensors to columns of films, and forecasts to tensors.

The specification is at github.com/kserve/open-inference-protocol. HTTP and gRPC share this module.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service import parameters
from service.errors import InvalidRequest, UnknownModel
from service.films.fields import COLUMNS, TEXTUAL
from service.films.schema import EXPECTED, TARGET
from service.limits import Limits
from service.model.distribution import Asked
from service.model.encoding import Columns
from service.model.predictor import Forecast
from service.settings import MODEL_NAME
from service.validation import films_from_columns

DTYPES = {
    "FP64": "<f8",
    "FP32": "<f4",
    "INT64": "<i8",
    "INT32": "<i4",
    "INT16": "<i2",
    "INT8": "<i1",
    "UINT64": "<u8",
    "UINT32": "<u4",
    "UINT16": "<u2",
    "UINT8": "<u1",
}
# The outputs by name, each with its place in a forecast: amounts in USD, and texts for each film.
AMOUNTS = {TARGET: "point", "low": "low", "high": "high", EXPECTED: "expected"}
TEXTS = {"used": ",", "warnings": "\n"}  # with what stands between two
ID = "id"  # the output with the names of the forecasts
OUTPUTS = (*AMOUNTS, *TEXTS, ID)
CHANCE, QUANTILES = "chance", "quantiles"  # outputs of requests with parameters that ask for them
_SIZE = struct.Struct("<I")
EXTENSIONS = ["binary_tensor_data"]


@dataclass(frozen=True)
class Tensor:
    """A column of films: its field, its type, its shape, and its values, flat."""

    name: str
    datatype: str
    shape: Sequence[int]
    data: Any


def server_metadata(version: str) -> dict[str, Any]:
    """The metadata of the server; its version is that of the deployed model."""
    return {"name": MODEL_NAME, "version": version, "extensions": EXTENSIONS}


def model_metadata(version: str) -> dict[str, Any]:
    """The inputs and outputs of the model; -1 stands for any number of films."""
    inputs = [_column(name, "BYTES" if name in TEXTUAL else "FP64") for name in COLUMNS]
    outputs = [_column(name, datatype(name)) for name in OUTPUTS]
    return {
        "name": MODEL_NAME,
        "versions": [version],
        "platform": "onnx_onnxv1",
        "inputs": inputs,
        "outputs": outputs,
    }


def datatype(output: str) -> str:
    """The datatype of an output."""
    return "BYTES" if output in TEXTS or output == ID else "FP64"


def _column(name: str, datatype: str) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [-1]}


def check_model(name: str, version: str, deployed: str) -> None:
    """Raise UnknownModel unless this model is deployed, in this version if it is not ""."""
    if name != MODEL_NAME or version not in ("", deployed):
        asked = f"{name}, version {version}," if version else name
        raise UnknownModel(
            f"The model {asked} is not deployed here: ask for {MODEL_NAME}, version {deployed}."
        )


def asked(values: Mapping[str, Any]) -> Asked:
    """What the parameters of a request ask; those of others are not ours to refuse."""
    return parameters.asked({n: v for n, v in values.items() if n in parameters.NAMES})


def wanted_outputs(names: Iterable[str], asked: Asked) -> list[str]:
    """The requested outputs, or all of them; raises InvalidRequest for an unknown one."""
    outputs = [*OUTPUTS]
    outputs += [CHANCE] * (asked.at_least is not None) + [QUANTILES] * bool(asked.quantiles)
    wanted = list(names) or outputs
    for name in wanted:
        if name not in outputs:
            raise InvalidRequest(f"There is no output {name}: ask for {', '.join(outputs)}.")
    return wanted


def columns(tensors: Sequence[Tensor], limits: Limits) -> Columns:
    """Columns of films; raises TooLarge, InvalidRequest for tensors or InvalidFilm for values."""
    if not tensors:
        raise InvalidRequest("There is no input: name each column of films after its field.")
    if len(tensors) > len(COLUMNS):
        raise InvalidRequest(f"There are {len(tensors)} inputs for {len(COLUMNS)} fields.")
    films = _length(tensors[0])
    limits.check_batch(films)
    by_field: dict[str, Any] = {}
    for tensor in tensors:
        if tensor.name in by_field:
            raise InvalidRequest(f"The input {tensor.name} is there twice.")
        if _length(tensor) != films or len(tensor.data) != films:
            raise InvalidRequest(
                f"The input {tensor.name} must have {films} value{'s' * (films != 1)} in the shape "
                f"[{films}], as {tensors[0].name} has; it has {len(tensor.data)} in "
                f"{list(tensor.shape)}."
            )
        by_field[tensor.name] = _values(tensor)
    return films_from_columns(by_field, limits)


def _length(tensor: Tensor) -> int:
    shape = list(tensor.shape[:3])
    if len(shape) not in (1, 2) or shape[1:] not in ([], [1]) or shape[0] < 0:
        raise InvalidRequest(f"The shape of {tensor.name} must be [films], not {shape}.")
    return shape[0]


def _values(tensor: Tensor) -> Any:
    if tensor.name not in COLUMNS:
        return tensor.data
    wanted = ["BYTES"] if tensor.name in TEXTUAL else list(DTYPES)
    if tensor.datatype not in wanted:
        raise InvalidRequest(
            f"The datatype of {tensor.name} must be {' or '.join(wanted)}, not {tensor.datatype}."
        )
    if isinstance(tensor.data, np.ndarray):
        return tensor.data.astype(np.float64, copy=False)
    if tensor.name not in TEXTUAL and {type(value) for value in tensor.data} <= {int, float}:
        try:
            return np.array(tensor.data, np.float64)
        except OverflowError:
            pass
    return tensor.data


def from_raw(name: str, datatype: str, raw: bytes) -> Any:
    """Read values in binary form: little-endian numbers, or texts that follow their lengths.

    Raises InvalidRequest if the bytes are not such values.
    """
    try:
        if datatype == "BYTES":
            return texts(name, _split(raw))
        return np.frombuffer(raw, DTYPES[datatype])
    except KeyError:
        raise InvalidRequest(f"{name} has an unknown datatype, {datatype}.") from None
    except (ValueError, struct.error):
        raise InvalidRequest(f"The bytes of {name} are not {datatype} values.") from None


def texts(name: str, values: Iterable[bytes]) -> list[str]:
    """Decode values of BYTES; raises InvalidRequest if they are not UTF-8."""
    try:
        return [value.decode() for value in values]
    except UnicodeDecodeError:
        raise InvalidRequest(f"The values of {name} are not UTF-8.") from None


def _split(raw: bytes) -> list[bytes]:
    values, at, end = [], 0, len(raw)
    while at < end:
        start = at + 4
        at = start + _SIZE.unpack_from(raw, at)[0]
        values.append(raw[start:at])
    if at != end:
        raise ValueError
    return values


def identity(asked: str | None, ids: Sequence[str]) -> str:
    """The id of a response: that of the request, or else the name of its first forecast."""
    return asked or next(iter(ids), "")


def output(ids: Sequence[str], forecast: Forecast, name: str) -> NDArray[Any]:
    """The values (n,) of an output: USD, texts as objects, or chances; quantiles are (n, m)."""
    if name == ID:
        return np.array(ids, dtype=object)
    if name in TEXTS:
        texts = [TEXTS[name].join(parts) for parts in getattr(forecast, name)]
        return np.array(texts, dtype=object)
    numbers: NDArray[Any]
    if name == QUANTILES:
        numbers = forecast.amounts[4:].T
    elif name == CHANCE:
        numbers = forecast.chance[0]
    else:
        numbers = getattr(forecast, AMOUNTS[name])
    return numbers


def to_raw(values: NDArray[Any]) -> bytes:
    """Values of an output in the binary form that `from_raw` reads."""
    if values.dtype != object:
        return values.tobytes()
    framed = {text: _framed(text.encode()) for text in set(values)}
    return b"".join([framed[text] for text in values])


def _framed(text: bytes) -> bytes:
    return _SIZE.pack(len(text)) + text
