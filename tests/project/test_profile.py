"""The page of what a request costs: every sample has its part, and the parts are all of it."""

from datetime import date

import pytest

from benchmarks.machine import Machine
from benchmarks.profile import PARTS, Cost, page, part_of, shares

RUN = "run (uvloop/__init__.py:92);Runner.run (asyncio/runners.py:118)"
ANSWER = f"{RUN};Dataplane.answer_all (service/dataplane.py:172)"
PREDICT = f"{ANSWER};Predictor.predict (service/model/predictor.py:137)"
STACKS = {
    f"{PREDICT};Session.run (onnxruntime/capi/session.py:406)": "forecast: ONNX Runtime",
    f"{PREDICT};ndim (numpy/_core/fromnumeric.py:3)": "forecast: all else",
    f"{RUN};Count.inc (prometheus_client/metrics.py:1)": "event loop, sockets, the library of gRPC",
    f"{RUN};count (/somewhere/service/telemetry/metrics.py:5)": "names, journal, metrics",
    f"{RUN};Cycle.send (/site-packages/uvicorn/httptools_impl.py:5)": "HTTP: uvicorn, sending",
    f"{RUN};one (service/rest/v1.py:30);_one (service/validation.py:121)": "reading a film",
    f"{RUN};one (service/rest/v1.py:30)": "endpoints, limits, batches, answers",
    "Thread.run (threading.py:982)": "event loop, sockets, the library of gRPC",
}


@pytest.mark.parametrize("stack", STACKS)
def test_a_sample_is_of_the_innermost_part_that_is_known(stack: str) -> None:
    assert STACKS[stack] == part_of(stack)


def test_shares_are_of_all_samples() -> None:
    assert {"forecast: all else": 0.75, "HTTP: uvicorn, sending": 0.25} == shares(
        [f"{PREDICT} 2", f"{PREDICT};exp (numpy/f.py:1) 1", f"{RUN};send (uvicorn/a b.py:1) 1"]
    )


def test_a_page_has_the_sum_of_the_parts_beside_a_constant() -> None:
    machine = Machine(cpu="a processor", cores=2, python="3.11", system="Linux", day=date.min)
    parts = dict.fromkeys(PARTS, 10.0)

    text = page({"rest_16": Cost(parts, 35.0)}, machine, 0.0)

    assert "| **all of it** | **70** |" in text
    assert "| a constant / all of it | 0.50 |" in text
