"""A fitted estimator to the ONNX graph that the service loads."""

from pathlib import Path

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, compose, helper
from skl2onnx import to_onnx

from service.errors import BoxOfficeError
from service.predictor import Predictor
from training.estimator import FilmRegressor, columns
from training.horizon import HorizonRegressor

TOLERANCE = 1e-4
_OPSETS = {"": 18, "ai.onnx.ml": 3}


def graph(estimator: HorizonRegressor) -> onnx.ModelProto:
    """One graph: features (n, k) in, the logs of point, low and high (n, 3) out."""
    width = estimator.n_features_in_
    nodes, outputs = [], []
    for name in ("point", "low", "high"):
        part = _renamed(getattr(estimator, f"{name}_"), name, width)
        nodes += list(part.graph.node)
        outputs.append(part.graph.output[0].name)
    nodes.append(helper.make_node("Concat", outputs, ["logs"], axis=1))
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])
    logs = helper.make_tensor_value_info("logs", TensorProto.FLOAT, [None, 3])
    model = helper.make_model(
        helper.make_graph(nodes, "box_office", [features], [logs]),
        opset_imports=[helper.make_opsetid(d, v) for d, v in _OPSETS.items()],
        ir_version=9,
        producer_name="box_office",
    )
    onnx.checker.check_model(model)
    return model


def _renamed(trees: object, prefix: str, width: int) -> onnx.ModelProto:
    part = to_onnx(trees, np.zeros((1, width), np.float32), target_opset=_OPSETS)
    part = compose.add_prefix(part, f"{prefix}_")
    for node in part.graph.node:
        for i, name in enumerate(node.input):
            if name == part.graph.input[0].name:
                node.input[i] = "features"
    assert not part.graph.initializer
    return part


def check_parity(estimator: FilmRegressor, folder: Path, films: pd.DataFrame) -> float:
    """The largest relative difference between estimator and graphs over all the given films.

    A whole dollar of rounding does not count. Raises BoxOfficeError above 1e-4: such a model
    must not be served.
    """
    served = Predictor.load(folder).predict(columns(films))
    trained = estimator.predictor().predict(columns(films))
    worst = max(
        float(np.max((np.abs(s - t) - 1) / np.maximum(t, 1)))
        for s, t in (
            (served.gross, trained.gross),
            (served.low, trained.low),
            (served.high, trained.high),
        )
    )
    if worst > TOLERANCE:
        raise BoxOfficeError(
            f"The graphs in {folder} differ from the estimator by {worst:.1e}, more than "
            f"{TOLERANCE:.0e}: check the versions of skl2onnx and onnxruntime."
        )
    return worst
