"""The smooth part of a blend as nodes of an ONNX graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.compose import ColumnTransformer

from training.estimator.blend import BlendRegressor
from training.estimator.onnx_parts import Parts

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Inputs:
    """What becomes of the smooth columns (k,): unknown is typical, z is scale * x + offset."""

    typical: Floats
    low: Floats
    high: Floats
    scale: Floats
    offset: Floats


def smooth(estimator: BlendRegressor, parts: Parts) -> str:
    """Imputer, limits, scale, kernel, regression and anchor, scaled to their share.

    With z = a x + b and d = b - centre, the kernel exp(-gamma |z - centre|^2) is
    exp([x, x^2] A - gamma |d|^2). In double precision, because the weights of a Nystroem map are
    large and cancel.
    """
    columns, kernel, regression = (step for _, step in estimator.smooth_.steps)
    gamma, share = kernel.gamma, 1 - estimator.trees_weight
    inputs = _inputs(columns)
    scale, offset = inputs.scale[:, None], inputs.offset[:, None] - kernel.components_.T
    weights = share * kernel.normalization_.T @ regression.coef_
    linear = _widened(estimator, -2 * gamma * scale * offset)
    square = _widened(estimator, np.broadcast_to(-gamma * scale**2, offset.shape))
    anchor = np.zeros((estimator.n_features_in_, 1))
    anchor[estimator.anchor_column] = share

    medians = parts.constant("medians", _widened(estimator, inputs.typical))
    low = parts.constant("low", _widened(estimator, inputs.low))
    high = parts.constant("high", _widened(estimator, inputs.high))
    parts.add("IsNaN", ["features"], "unknown")
    parts.add("Cast", ["features"], "double", to=TensorProto.DOUBLE)
    parts.add("Where", ["unknown", medians, "double"], "known")
    parts.add("Max", ["known", low], "high_enough")
    parts.add("Min", ["high_enough", high], "inside")
    parts.add("Mul", ["inside", "inside"], "squares")
    parts.add("Concat", ["inside", "squares"], "powers", axis=1)
    pull = parts.constant("pull", np.concatenate([linear, square]))
    push = parts.constant("push", -gamma * np.sum(offset**2, axis=0))
    parts.add("Gemm", ["powers", pull, push], "exponents")
    parts.add("Exp", ["exponents"], "kernel")
    intercept = parts.constant("intercept", share * np.ravel(regression.intercept_))
    parts.add("Gemm", ["known", parts.constant("anchor_share", anchor), intercept], "anchor")
    column = parts.constant("kernel_weights", weights[:, None])
    return parts.add("Gemm", ["kernel", column, "anchor"], "smooth")


def _widened(estimator: BlendRegressor, values: Floats) -> Floats:
    """Rows for the smooth columns become rows for all columns; the others weigh nothing."""
    wide = np.zeros((estimator.n_features_in_, *values.shape[1:]))
    wide[estimator.smooth_columns] = values
    return wide


def _inputs(columns: ColumnTransformer) -> _Inputs:
    """The numbers that come first, and after them the 0/1 columns of labels as they are."""
    imputer, limits, scaler = (step for _, step in columns.named_transformers_["pipeline"].steps)
    labels = columns.n_features_in_ - limits.n_features_in_
    zeros, ones = np.zeros(labels), np.ones(labels)
    return _Inputs(
        typical=np.concatenate([imputer.statistics_, zeros]),
        low=np.concatenate([limits.data_min_, zeros]),
        high=np.concatenate([limits.data_max_, ones]),
        scale=np.concatenate([limits.scale_ / scaler.scale_, ones]),
        offset=np.concatenate([(limits.min_ - scaler.mean_) / scaler.scale_, zeros]),
    )
