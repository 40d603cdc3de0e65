"""A fitted estimator to the ONNX graph that the service loads."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from skl2onnx import to_onnx

from service.errors import BoxOfficeError
from service.model.predictor import Predictor
from training.estimator.blend import HorizonRegressor
from training.estimator.films import FilmRegressor, columns

TOLERANCE = 1e-4
_OPSETS = {"": 18, "ai.onnx.ml": 3}


def graph(estimator: HorizonRegressor) -> onnx.ModelProto:
    """One graph: float32 features (n, k) in, natural logarithms of the target (n,) in float64 out.

    Whatever is linear is folded into its neighbour, because each node costs as much as a tree.
    """
    parts = _Parts()
    blend = parts.add("Add", [_trees(estimator, parts), _smooth(estimator, parts)], "blend")
    parts.add("Squeeze", [blend, parts.constant("last", [1], np.int64)], "logs")
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
    """The trees of scikit-learn, pointed at the whole matrix and scaled to their share."""
    columns = np.array(estimator.tree_columns)
    sample = np.zeros((1, len(columns)), np.float32)
    (node,) = to_onnx(estimator.trees_, sample, target_opset=_OPSETS).graph.node
    options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    options["nodes_featureids"] = columns[options["nodes_featureids"]].tolist()
    for name in ("target_weights", "base_values"):
        options[name] = (estimator.trees_weight * np.array(options[name])).tolist()
    parts.add(node.op_type, ["features"], "trees_float", domain=node.domain, **options)
    return parts.add("Cast", ["trees_float"], "trees", to=TensorProto.DOUBLE)


def _smooth(estimator: HorizonRegressor, parts: _Parts) -> str:
    """Imputer, scaler, kernel, regression and anchor, scaled to their share.

    With z = (x - mean) / scale and d = mean / scale + centre, the kernel exp(-gamma |z - centre|^2)
    is exp([x, x^2] A - gamma |d|^2). In double precision, because the weights of a Nystroem map
    are large and cancel.
    """
    imputer, scaler, kernel, regression = (step for _, step in estimator.smooth_.steps)
    gamma, share = kernel.gamma, 1 - estimator.trees_weight
    scales = scaler.scale_[:, None]
    shifted = scaler.mean_[:, None] / scales + kernel.components_.T
    weights = share * kernel.normalization_.T @ regression.coef_
    medians = _widened(estimator, imputer.statistics_)
    linear = _widened(estimator, 2 * gamma * shifted / scales)
    square = _widened(estimator, np.broadcast_to(-gamma / scales**2, shifted.shape))
    anchor = np.zeros((estimator.n_features_in_, 1))
    anchor[estimator.anchor_column] = share

    parts.add("IsNaN", ["features"], "unknown")
    parts.add("Cast", ["features"], "double", to=TensorProto.DOUBLE)
    parts.add("Where", ["unknown", parts.constant("medians", medians), "double"], "known")
    parts.add("Mul", ["known", "known"], "squares")
    parts.add("Concat", ["known", "squares"], "powers", axis=1)
    pull = parts.constant("pull", np.concatenate([linear, square]))
    push = parts.constant("push", -gamma * np.sum(shifted**2, axis=0))
    parts.add("Gemm", ["powers", pull, push], "exponents")
    parts.add("Exp", ["exponents"], "kernel")
    intercept = parts.constant("intercept", share * np.ravel(regression.intercept_))
    parts.add("Gemm", ["known", parts.constant("anchor_share", anchor), intercept], "anchor")
    column = parts.constant("kernel_weights", weights[:, None])
    return parts.add("Gemm", ["kernel", column, "anchor"], "smooth")


def _widened(estimator: HorizonRegressor, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows for the smooth columns become rows for all columns; the others weigh nothing."""
    wide = np.zeros((estimator.n_features_in_, *values.shape[1:]))
    wide[estimator.smooth_columns] = values
    return wide


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
            (served.point, trained.point),
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
