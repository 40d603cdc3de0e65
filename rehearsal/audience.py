"""Who asks what is deployed about films, and later tells what they have become."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from delivery.clients import SECONDS, Grpc, Rest
from rehearsal.deployment import RPC, address
from rehearsal.films import FIELD, Film, told
from rehearsal.instances import TOKEN
from rehearsal.sandbox import Sandbox, expect
from service.films.schema import TARGET
from service.model.doubts import kind
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.rpc import messages

ALONE = 40  # films that are asked about one by one over REST, and as many over gRPC


@dataclass(frozen=True)
class Asked:
    """A forecast, and what the film became."""

    id: str
    model: str
    warnings: list[str]
    outcome: float

    @property
    def doubted(self) -> bool:
        """Was the model told a value of the field that is beyond those that it had seen?"""
        return any(kind(w) == "out_of_range" and w.startswith(FIELD) for w in self.warnings)


def ask(sandbox: Sandbox, films: pd.DataFrame) -> list[Asked]:
    """Ask about films: the most of them in one request, some alone, and some over gRPC."""
    rows = told(films)
    batch, alone = rows[: -2 * ALONE], rows[-2 * ALONE : -ALONE]
    endpoint = Rest(address(sandbox))
    answers = endpoint.expect("/v1/predictions", batch) if batch else []
    answers += [endpoint.expect("/v1/prediction", film) for film in alone]
    answers += _over_grpc(address(sandbox, RPC), rows[-ALONE:])
    outcomes = films[TARGET].tolist()
    return [
        Asked(answer["id"], answer["model"], answer["warnings"], outcome)
        for answer, outcome in zip(answers, outcomes, strict=True)
    ]


def tell(sandbox: Sandbox, asked: list[Asked]) -> None:
    """Tell what the films have become."""
    outcomes = [{"id": each.id, TARGET: each.outcome} for each in asked]
    accepted = Rest(address(sandbox), TOKEN).expect("/v1/outcomes", outcomes, 202)["accepted"]
    expect(accepted == len(asked), f"Of {len(asked)} outcomes {accepted} are accepted.")


def _over_grpc(url: str, rows: list[Film]) -> list[dict[str, Any]]:
    with Grpc(url).channel() as channel:
        stub = pb_grpc.PredictorStub(channel)  # type: ignore[no-untyped-call]
        replies = [stub.Predict(messages.request(row), timeout=SECONDS) for row in rows]
    found = [reply.prediction for reply in replies]
    return [{"id": p.id, "model": p.model, "warnings": [*p.warnings]} for p in found]
