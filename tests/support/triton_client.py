"""What tritonclient gets from a server: `python triton_client.py http|grpc ADDRESS < questions`.

A process of its own, because its generated code registers the same names as ours.
"""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from tritonclient.utils import InferenceServerException, triton_to_np_dtype


def said(ask: Callable[[], Any]) -> Any:
    """The answer to a question, or the words of its refusal."""
    try:
        return ask()
    except InferenceServerException as error:
        return {"error": error.message(), "status": error.status()}


def tensors(described: list[dict[str, Any]]) -> list[list[Any]]:
    return [[t["name"], t["datatype"], [int(n) for n in t["shape"]]] for t in described]


def listed(values: np.ndarray) -> list[Any]:
    return [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]


class Asker:
    """The questions, over one protocol."""

    def __init__(self, protocol: str, address: str) -> None:
        self.library = import_module(f"tritonclient.{protocol}")
        self.client = self.library.InferenceServerClient(address)
        self.http = protocol == "http"
        self.as_json = {} if self.http else {"as_json": True}

    def server(self) -> dict[str, Any]:
        return {
            "live": self.client.is_server_live(),
            "ready": self.client.is_server_ready(),
            "metadata": self.client.get_server_metadata(**self.as_json),
        }

    def model(self, name: str, version: str) -> dict[str, Any]:
        return {
            "ready": said(lambda: self.client.is_model_ready(name, version)),
            "metadata": said(lambda: self.metadata(name, version)),
        }

    def metadata(self, name: str, version: str) -> dict[str, Any]:
        answer = self.client.get_model_metadata(name, version, **self.as_json)
        columns = {key: tensors(answer[key]) for key in ("inputs", "outputs")}
        return {**answer, **columns}

    def infer(
        self,
        inputs: dict[str, tuple[str, list[Any]]],
        binary: bool = True,
        outputs: tuple[str, ...] = (),
        model: str = "box_office",
        version: str = "",
        request_id: str = "",
    ) -> dict[str, Any]:
        in_binary = {"binary_data": binary} if self.http else {}
        given = []
        for name, (datatype, values) in inputs.items():
            column = np.array(values, triton_to_np_dtype(datatype))
            tensor = self.library.InferInput(name, list(column.shape), datatype)
            given.append(tensor.set_data_from_numpy(column, **in_binary))
        wanted = [self.library.InferRequestedOutput(name, **in_binary) for name in outputs]
        result = self.client.infer(
            model, given, version, outputs=wanted or None, request_id=request_id
        )
        answer = result.get_response(**self.as_json)
        return {
            "id": answer.get("id"),
            "model": [answer["model_name"], answer["model_version"]],
            "outputs": [
                [output["name"], output["datatype"], listed(result.as_numpy(output["name"]))]
                for output in answer["outputs"]
            ],
        }


def main() -> None:
    questions = json.load(sys.stdin)
    asker = Asker(*sys.argv[1:])
    answers = {
        "server": asker.server(),
        "models": [asker.model(*model) for model in questions["models"]],
        "infer": {
            name: said(lambda given=given: asker.infer(**given))
            for name, given in questions["infer"].items()
        },
    }
    asker.client.close()
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
