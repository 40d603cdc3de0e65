"""Open Inference Protocol v2 over HTTP, under /v2, also with tensors in binary form."""

from typing import Any

import bentoml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from service import oip
from service.dataplane import Dataplane
from service.errors import BoxOfficeError, InvalidRequest, UnknownModel, WrongMediaType
from service.limits import check_values
from service.rest.endpoint import Answer, Endpoint, Headers, length
from service.rest.tensors import InferRequest
from service.settings import MODEL_NAME

_LENGTH = b"inference-header-content-length"


_INFER = TypeAdapter(InferRequest)


def endpoints(dataplane: Dataplane) -> dict[str, Endpoint]:
    """The endpoint of inference, at its path with the version and without."""

    async def infer(body: bytes, headers: Headers, _: bytes) -> Answer:
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise WrongMediaType("A compressed body is not read here: send it as it is.")
        head = _head_length(headers, body)
        check_values(body[:head], dataplane.limits.max_batch)
        request = _parse(body[:head])
        asked = oip.asked(request.parameters)
        wanted = oip.wanted_outputs((output.name for output in request.outputs), asked)
        films = oip.columns(_tensors(request, body[head:]), dataplane.limits)
        ids, forecast = await dataplane.forecast("oip_rest", films, asked)
        outputs = {name: oip.output(ids, forecast, name) for name in wanted}
        identity = oip.identity(request.id, ids)
        return _answer(identity, dataplane.version, outputs, _binary(request, wanted))

    endpoint = Endpoint("oip_rest", dataplane, infer, error_body)
    path = f"/v2/models/{MODEL_NAME}"
    return {f"{path}/infer": endpoint, f"{path}/versions/{dataplane.version}/infer": endpoint}


def error_body(text: str, _: BoxOfficeError | None = None) -> dict[str, Any]:
    """The shape of an error in the protocol."""
    return {"error": text}


def _head_length(headers: Headers, body: bytes) -> int:
    if _LENGTH not in headers:
        return len(body)
    head = length(headers, _LENGTH)
    if head is None or head > len(body):
        raise InvalidRequest("Inference-Header-Content-Length must be the length of the JSON.")
    return head


def _parse(head: bytes) -> InferRequest:
    try:
        return _INFER.validate_json(head)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidRequest(f"{where or 'The body'}: {first['msg']}.") from None


def _tensors(request: InferRequest, raw: bytes) -> list[oip.Tensor]:
    tensors, at = [], 0
    for tensor in request.inputs:
        size = tensor.parameters.get("binary_data_size")
        if size is None:
            data: Any = _flat(tensor.data or [])
        elif not isinstance(size, int) or not 0 <= size <= len(raw) - at:
            raise InvalidRequest(f"binary_data_size of {tensor.name} is not that of its bytes.")
        else:
            data = oip.from_raw(tensor.name, tensor.datatype, raw[at : at + size])
            at += size
        tensors.append(oip.Tensor(tensor.name, tensor.datatype, tensor.shape, data))
    if at != len(raw):
        raise InvalidRequest("There are more bytes than binary_data_size says.")
    return tensors


def _flat(data: list[Any]) -> list[Any]:
    """The rows of a matrix one after the other; anything else stays as it is."""
    rows = data and all(isinstance(row, list) for row in data)
    return [value for row in data for value in row] if rows else data


def _binary(request: InferRequest, wanted: list[str]) -> set[str]:
    default = bool(request.parameters.get("binary_data_output", False))
    asked = {o.name: bool(o.parameters.get("binary_data", default)) for o in request.outputs}
    return {name for name in wanted if asked.get(name, default)}


def _answer(identity: str, version: str, outputs: dict[str, Any], binary: set[str]) -> Answer:
    described = []
    raw = {name: oip.to_raw(values) for name, values in outputs.items() if name in binary}
    for name, values in outputs.items():
        tensor: dict[str, Any] = {"name": name, "datatype": oip.datatype(name)}
        tensor["shape"] = list(values.shape)
        if name in raw:
            tensor["parameters"] = {"binary_data_size": len(raw[name])}
        else:
            tensor["data"] = values.ravel().tolist()
        described.append(tensor)
    head = to_json(
        {"model_name": MODEL_NAME, "model_version": version, "id": identity, "outputs": described}
    )
    if not raw:
        return Answer(200, head)
    size = (_LENGTH, b"%d" % len(head))
    return Answer(200, head + b"".join(raw.values()), b"application/octet-stream", (size,))


def _dataplane() -> Dataplane:
    dataplane: Dataplane = bentoml.get_current_service().dataplane
    return dataplane


async def _server(_: Request) -> JSONResponse:
    return JSONResponse(oip.server_metadata(_dataplane().version))


async def _live(_: Request) -> JSONResponse:
    return JSONResponse({"live": True})


async def _ready(_: Request) -> JSONResponse:
    ready = _dataplane().ready()
    return JSONResponse({"ready": ready}, 200 if ready else 503)


async def _model(request: Request) -> JSONResponse:
    return _of_model(request, oip.model_metadata(_dataplane().version))


async def _model_ready(request: Request) -> JSONResponse:
    ready = _dataplane().ready()
    return _of_model(request, {"name": MODEL_NAME, "ready": ready}, 200 if ready else 503)


async def _unknown(request: Request) -> JSONResponse:
    """Only inference on a model that is not deployed comes here; the others have an endpoint."""
    return _of_model(request, error_body("Send the inference request as POST."))


def _of_model(request: Request, answer: dict[str, Any], status: int = 200) -> JSONResponse:
    model, version = request.path_params["model"], request.path_params.get("version", "")
    try:
        oip.check_model(model, version, _dataplane().version)
    except UnknownModel as error:
        return JSONResponse(error_body(str(error)), 404)
    return JSONResponse(answer, status)


_MODELS = ("/v2/models/{model}", "/v2/models/{model}/versions/{version}")
routes = [
    Route("/v2", _server, methods=["GET"]),
    Route("/v2/health/live", _live, methods=["GET"]),
    Route("/v2/health/ready", _ready, methods=["GET"]),
    *(Route(path, _model, methods=["GET"]) for path in _MODELS),
    *(Route(f"{path}/ready", _model_ready, methods=["GET"]) for path in _MODELS),
    *(Route(f"{path}/infer", _unknown, methods=["POST"]) for path in _MODELS),
]
