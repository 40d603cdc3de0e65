"""A worker says that it is ready while it can forecast, and at no other time."""

import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bentoml
import numpy as np
import pytest
from starlette.testclient import TestClient

from service.dataplane import Dataplane
from tests.support.dataplane import dataplane_of


def fail(_: Any) -> None:
    raise ZeroDivisionError


def say_nothing(_: Any) -> SimpleNamespace:
    return SimpleNamespace(point=np.array([math.nan]))


@pytest.fixture
def dataplane(model_folder: Path) -> Dataplane:
    return dataplane_of(model_folder)


@pytest.fixture
def client(model_tag: str) -> Iterator[TestClient]:
    from service.service import BoxOffice

    with TestClient(BoxOffice.to_asgi()) as client:
        yield client


def test_a_worker_that_can_forecast_is_ready(dataplane: Dataplane) -> None:
    assert dataplane.ready()


@pytest.mark.parametrize("broken", [fail, say_nothing])
def test_a_worker_that_cannot_forecast_is_not_ready(
    dataplane: Dataplane, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    monkeypatch.setattr(dataplane.predictor, "predict", broken)

    assert not dataplane.ready()


def test_a_worker_that_is_stopping_is_not_ready(dataplane: Dataplane) -> None:
    dataplane.stopping = True

    assert not dataplane.ready()


def test_readyz_says_what_the_dataplane_says(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 200 == client.get("/readyz").status_code

    service = bentoml.get_current_service()
    monkeypatch.setattr(service.dataplane.predictor, "predict", fail)
    assert 503 == client.get("/readyz").status_code
    assert 200 == client.get("/livez").status_code


def test_a_worker_stops_being_ready_before_it_waits_for_calls(client: TestClient) -> None:
    dataplane = bentoml.get_current_service().dataplane
    client.__exit__()

    assert not dataplane.ready()
