"""gRPC methods: how to write films and read answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np

from benchmarks.material import ASKED, Films, Floats, length, rows
from benchmarks.rest_endpoints import raw
from service.films.fields import LABELS
from service.rpc import box_office_pb2 as pb
from service.rpc import messages
from service.rpc import open_inference_pb2 as oip
from service.settings import MODEL_NAME

# One connection per channel, so that each may reach another worker.
_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", -1),
]


@dataclass(frozen=True)
class GrpcEndpoint:
    """A method that takes films, and the format of its messages."""

    path: str
    write: Callable[[Films], bytes]
    read: Callable[[bytes], Floats]
    messages: int = 1  # in a call; the answers to more are a stream

    def ask(self, port: int, films: Films) -> Floats:
        """Forecast, low and high (n, 3) of films; raises OSError where there is no answer."""
        return self.read(self.send(port, self.write(films)))

    def send(self, port: int, message: bytes) -> bytes:
        """The answer to one message; raises OSError if there is none."""
        channel: Any
        with grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS) as channel:
            try:
                if self.messages > 1:
                    return bytes(next(channel.stream_stream(self.path)(iter([message]), 10)))
                return bytes(channel.unary_unary(self.path)(message, 10))
            except grpc.RpcError as error:
                raise OSError(f"no answer: {error!r}") from error


def _batch(films: Films) -> bytes:
    return messages.batch_request(rows(films)).SerializeToString()


def _floats(predictions: Iterable[Any]) -> Floats:
    return np.array([[messages.point(p), p.interval.low, p.interval.high] for p in predictions])


def _infer(films: Films) -> bytes:
    outputs = [oip.ModelInferRequest.InferRequestedOutputTensor(name=name) for name in ASKED]
    request = oip.ModelInferRequest(model_name=MODEL_NAME, outputs=outputs)
    for name, values in films.items():
        datatype = "BYTES" if name in LABELS else "FP64"
        request.inputs.add(name=name, datatype=datatype, shape=[length(films)])
        request.raw_input_contents.append(raw(name, values))
    return bytes(request.SerializeToString())


def _outputs(answer: bytes) -> Floats:
    response = oip.ModelInferResponse.FromString(answer)
    names = [tensor.name for tensor in response.outputs]
    columns = [np.frombuffer(column, "<f8") for column in response.raw_output_contents]
    return np.column_stack([columns[names.index(name)] for name in ASKED])


_SERVICE = "/boxoffice.v1.Predictor"
PREDICT = GrpcEndpoint(
    f"{_SERVICE}/Predict",
    lambda films: messages.request(rows(films)[0]).SerializeToString(),
    lambda answer: _floats([pb.PredictResponse.FromString(answer).prediction]),
)
PREDICT_BATCH = GrpcEndpoint(
    f"{_SERVICE}/PredictBatch",
    _batch,
    lambda answer: _floats(pb.PredictBatchResponse.FromString(answer).predictions),
)
PREDICT_STREAM = GrpcEndpoint(
    f"{_SERVICE}/PredictStream",
    _batch,
    lambda answer: _floats(pb.PredictBatchResponse.FromString(answer).predictions),
    messages=100,
)
MODEL_INFER = GrpcEndpoint("/inference.GRPCInferenceService/ModelInfer", _infer, _outputs)
