"""A fitted estimator to the ONNX graph that the service loads."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
from onnx import TensorProto, helper
from skl2onnx import to_onnx

from service.errors import BoxOfficeError
from service.model.predictor import Predictor
from training.estimator.blend import BlendRegressor
from training.estimator.films import FilmRegressor, columns
from training.estimator.onnx_parts import Parts
from training.estimator.onnx_smooth import smooth

TOLERANCE = 1e-4
_OPSETS = {"": 18, "ai.onnx.ml": 3}


def graph(estimator: BlendRegressor) -> onnx.ModelProto:
    """One graph: float32 features (n, k) in, natural logarithms of the target (n,) in float64 out.

    Whatever is linear is folded into its neighbour, because each node costs as much as a tree.
    """
    parts = Parts()
    blend = parts.add("Add", [_trees(estimator, parts), smooth(estimator, parts)], "blend")
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


def _trees(estimator: BlendRegressor, parts: Parts) -> str:
    """The trees of scikit-learn in one ensemble, pointed at the whole matrix."""
    columns = np.array(estimator.tree_columns)
    sample = np.zeros((1, len(columns)), np.float32)
    share = estimator.trees_weight / len(estimator.trees_)
    ensemble: dict[str, Any] = {}
    for trees in estimator.trees_:
        (node,) = to_onnx(trees, sample, target_opset=_OPSETS).graph.node
        options = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        for name in ("target_weights", "base_values"):
            options[name] = (share * np.array(options[name])).tolist()
        ensemble = _joined(ensemble, options) if ensemble else options
    ensemble["nodes_featureids"] = columns[ensemble["nodes_featureids"]].tolist()
    parts.add(node.op_type, ["features"], "trees_float", domain=node.domain, **ensemble)
    return parts.add("Cast", ["trees_float"], "trees", to=TensorProto.DOUBLE)


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two ensembles of trees as one, which answers their sum."""
    numbers = {"nodes_treeids", "target_treeids"}
    after = max(first["nodes_treeids"]) + 1
    joined = {
        name: first[name] + [after + number if name in numbers else number for number in value]
        for name, value in second.items()
        if isinstance(value, list)
    }
    base = np.add(first["base_values"], second["base_values"]).tolist()
    return first | joined | {"base_values": base}


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
