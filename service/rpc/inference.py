"""Open Inference Protocol v2 over gRPC: messages to tensors, and forecasts to messages."""

from collections.abc import Sequence
from typing import Any

from service import oip
from service.dataplane import Dataplane
from service.errors import InvalidRequest
from service.films.fields import COLUMNS
from service.limits import Limits
from service.rpc import open_inference_pb2 as pb
from service.rpc.status import Context, request
from service.rpc.wire import parse
from service.settings import MODEL_NAME

_CONTENTS = {
    "FP64": "fp64_contents",
    "FP32": "fp32_contents",
    "INT64": "int64_contents",
    "INT32": "int_contents",
    "INT16": "int_contents",
    "INT8": "int_contents",
    "UINT64": "uint64_contents",
    "UINT32": "uint_contents",
    "UINT16": "uint_contents",
    "UINT8": "uint_contents",
    "BYTES": "bytes_contents",
}


class Inference:
    """The six methods of the protocol, for the deployed model."""

    def __init__(self, dataplane: Dataplane) -> None:
        self._dataplane = dataplane
        self._version = dataplane.version

    async def ServerLive(self, _: Any, context: Context) -> pb.ServerLiveResponse:  # noqa: N802
        """Is the server running?"""
        async with request(self._dataplane, "oip_grpc_metadata", context) as raw:
            parse(pb.ServerLiveRequest, raw)
            return pb.ServerLiveResponse(live=True)

    async def ServerReady(self, _: Any, context: Context) -> pb.ServerReadyResponse:  # noqa: N802
        """Is the server ready to forecast?"""
        async with request(self._dataplane, "oip_grpc_metadata", context) as raw:
            parse(pb.ServerReadyRequest, raw)
            return pb.ServerReadyResponse(ready=self._dataplane.ready())

    async def ModelReady(  # noqa: N802
        self, _: Any, context: Context
    ) -> pb.ModelReadyResponse:
        """Is this model ready to forecast?"""
        async with request(self._dataplane, "oip_grpc_metadata", context) as raw:
            message = parse(pb.ModelReadyRequest, raw)
            oip.check_model(message.name, message.version, self._version)
            return pb.ModelReadyResponse(ready=self._dataplane.ready())

    async def ServerMetadata(  # noqa: N802
        self, _: Any, context: Context
    ) -> pb.ServerMetadataResponse:
        """The metadata of the server."""
        async with request(self._dataplane, "oip_grpc_metadata", context) as raw:
            parse(pb.ServerMetadataRequest, raw)
            return pb.ServerMetadataResponse(**oip.server_metadata(self._version))

    async def ModelMetadata(  # noqa: N802
        self, _: Any, context: Context
    ) -> pb.ModelMetadataResponse:
        """The inputs and outputs of the model."""
        async with request(self._dataplane, "oip_grpc_metadata", context) as raw:
            message = parse(pb.ModelMetadataRequest, raw)
            oip.check_model(message.name, message.version, self._version)
            return pb.ModelMetadataResponse(**oip.model_metadata(self._version))

    async def ModelInfer(  # noqa: N802
        self, _: Any, context: Context
    ) -> pb.ModelInferResponse:
        """Columns of films in, columns of forecasts out."""
        async with request(self._dataplane, "oip_grpc", context) as raw:
            message = parse(pb.ModelInferRequest, raw, len(COLUMNS))
            oip.check_model(message.model_name, message.model_version, self._version)
            limits = self._dataplane.limits
            asked = oip.asked(_parameters(message))
            wanted = oip.wanted_outputs((output.name for output in message.outputs), asked)
            films = oip.columns(_tensors(message, limits), limits)
            ids, forecast = await self._dataplane.forecast("oip_grpc", films, asked)
            outputs = {name: oip.output(ids, forecast, name) for name in wanted}
            return self._response(message, oip.identity(message.id, ids), outputs)

    def _response(
        self, message: pb.ModelInferRequest, identity: str, outputs: dict[str, Any]
    ) -> pb.ModelInferResponse:
        response = pb.ModelInferResponse(
            model_name=MODEL_NAME, model_version=self._version, id=identity
        )
        for name, values in outputs.items():
            datatype = oip.datatype(name)
            tensor = response.outputs.add(name=name, datatype=datatype, shape=values.shape)
            if message.raw_input_contents:
                response.raw_output_contents.append(oip.to_raw(values))
            elif datatype == "BYTES":
                tensor.contents.bytes_contents.extend(text.encode() for text in values)
            else:
                tensor.contents.fp64_contents.extend(values.ravel().tolist())
        return response


def _parameters(message: pb.ModelInferRequest) -> dict[str, Any]:
    return {
        name: getattr(value, kind)
        for name, value in message.parameters.items()
        if (kind := value.WhichOneof("parameter_choice"))
    }


def _tensors(message: pb.ModelInferRequest, limits: Limits) -> list[oip.Tensor]:
    raw = message.raw_input_contents
    if raw and len(raw) != len(message.inputs):
        raise InvalidRequest("raw_input_contents must have one entry for each input.")
    return [
        oip.Tensor(
            tensor.name,
            tensor.datatype,
            tensor.shape,
            oip.from_raw(tensor.name, tensor.datatype, raw[i]) if raw else _values(tensor, limits),
        )
        for i, tensor in enumerate(message.inputs)
    ]


def _values(tensor: pb.ModelInferRequest.InferInputTensor, limits: Limits) -> Sequence[Any]:
    if tensor.datatype not in _CONTENTS:
        raise InvalidRequest(f"{tensor.name} has an unknown datatype, {tensor.datatype}.")
    values = getattr(tensor.contents, _CONTENTS[tensor.datatype])
    limits.check_batch(len(values))
    return oip.texts(tensor.name, values) if tensor.datatype == "BYTES" else list(values)
