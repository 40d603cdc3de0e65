"""A fitted estimator to the ONNX graph that the service loads."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from numpy.typing import ArrayLike
from onnx import NodeProto, TensorProto, compose, helper, numpy_helper
from skl2onnx import to_onnx

from service.errors import BoxOfficeError
from service.predictor import Predictor
from training.estimator import FilmRegressor, columns
from training.horizon import HorizonRegressor

TOLERANCE = 1e-4
_OPSETS = {"": 18, "ai.onnx.ml": 3}


def graph(estimator: HorizonRegressor) -> onnx.ModelProto:
    """One graph: float32 features (n, k) in, natural logarithms of gross (n,) in float64 out."""
    parts = _Parts()
    trees = _trees(estimator, parts)
    smooth = _smooth(estimator, parts)
    weight = parts.constant("weight", estimator.trees_weight)
    rest = parts.constant("rest", 1 - estimator.trees_weight)
    parts.add("Mul", [trees, weight], "trees_share")
    parts.add("Mul", [smooth, rest], "smooth_share")
    parts.add("Add", ["trees_share", "smooth_share"], "sum")
    parts.add("Squeeze", ["sum", parts.constant("last", [1], np.int64)], "logs")
    width = estimator.n_features_in_
    model = helper.make_model(
        helper.make_graph(
            parts.nodes,
            "box_office",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, width])],
            [helper.make_tensor_value_info("logs", TensorProto.DOUBLE, [None])],
            parts.constants,
        ),
        opset_imports=[helper.make_opsetid(d, v) for d, v in _OPSETS.items()],
        ir_version=9,
        producer_name="box_office",
    )
    onnx.checker.check_model(model)
    return model


class _Parts:
    """Nodes and constants of a graph under construction; both are named by what they hold."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def constant(self, name: str, value: ArrayLike, dtype: type = np.float64) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name


def _trees(estimator: HorizonRegressor, parts: _Parts) -> str:
    indices = parts.constant("tree_columns", estimator.tree_columns, np.int64)
    parts.add("Gather", ["features", indices], "tree_features", axis=1)
    sample = np.zeros((1, len(estimator.tree_columns)), np.float32)
    part = compose.add_prefix(to_onnx(estimator.trees_, sample, target_opset=_OPSETS), "trees_")
    for node in part.graph.node:
        for i, name in enumerate(node.input):
            if name == part.graph.input[0].name:
                node.input[i] = "tree_features"
    parts.nodes += part.graph.node
    return parts.add("Cast", [part.graph.output[0].name], "trees", to=TensorProto.DOUBLE)


def _smooth(estimator: HorizonRegressor, parts: _Parts) -> str:
    """Imputer, scaler, kernel and regression: exp(-gamma |z - c|^2) as exp(z C + b - gamma |z|^2).

    In double precision, because the weights of a Nystroem map are large and cancel.
    """
    imputer, scaler, kernel, regression = (step for _, step in estimator.smooth_.steps)
    centres, gamma = kernel.components_, kernel.gamma
    weights = kernel.normalization_.T @ regression.coef_
    indices = parts.constant("smooth_columns", estimator.smooth_columns, np.int64)
    parts.add("Gather", ["features", indices], "smooth_features", axis=1)
    parts.add("Cast", ["smooth_features"], "known", to=TensorProto.DOUBLE)
    parts.add("IsNaN", ["known"], "unknown")
    medians = parts.constant("medians", imputer.statistics_)
    parts.add("Where", ["unknown", medians, "known"], "imputed")
    parts.add("Sub", ["imputed", parts.constant("means", scaler.mean_)], "centred")
    parts.add("Div", ["centred", parts.constant("scales", scaler.scale_)], "scaled")
    pull = parts.constant("pull", 2 * gamma * centres.T)
    push = parts.constant("push", -gamma * np.sum(centres**2, axis=1))
    parts.add("Gemm", ["scaled", pull, push], "products")
    parts.add("ReduceSumSquare", ["scaled", parts.constant("across", [1], np.int64)], "norms")
    parts.add("Mul", ["norms", parts.constant("gamma", gamma)], "distances")
    parts.add("Sub", ["products", "distances"], "exponents")
    parts.add("Exp", ["exponents"], "kernel")
    column = parts.constant("kernel_weights", weights[:, None])
    intercept = parts.constant("intercept", np.ravel(regression.intercept_))
    parts.add("Gemm", ["kernel", column, intercept], "smooth_rise")
    anchor = parts.constant("anchor_column", [estimator.anchor_column], np.int64)
    parts.add("Gather", ["features", anchor], "anchor_feature", axis=1)
    parts.add("Cast", ["anchor_feature"], "anchor_known", to=TensorProto.DOUBLE)
    parts.add("IsNaN", ["anchor_known"], "anchor_unknown")
    median = parts.constant("anchor_median", estimator.anchor_median_)
    parts.add("Where", ["anchor_unknown", median, "anchor_known"], "anchor")
    return parts.add("Add", ["smooth_rise", "anchor"], "smooth")


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
