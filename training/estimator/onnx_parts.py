"""The nodes and constants of an ONNX graph under construction."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from onnx import NodeProto, TensorProto, helper, numpy_helper


class Parts:
    """Nodes and constants; both are named by what they hold, and adding one answers its name."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """A node that answers `output`."""
        self.nodes.append(helper.make_node(operator, inputs, [output], output, **attributes))
        return output

    def constant(self, name: str, value: ArrayLike, dtype: type = np.float64) -> str:
        """A constant."""
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name
