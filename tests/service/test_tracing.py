"""Spans reach a collector where one is configured; without one there is nothing to pay for."""

import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from service.rpc import box_office_pb2 as pb
from service.rpc import box_office_pb2_grpc as pb_grpc
from service.telemetry import tracing
from tests.support.request import BODY, MOVIE
from tests.support.server import WAYS, running, wait_until


@pytest.fixture
def collected() -> Iterator[tuple[str, list[str]]]:
    """The address of a collector, and the names of the spans that have come."""
    names: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names.extend(span.name for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", names
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("way", WAYS)
def test_requests_over_rest_and_grpc_are_spans_where_a_collector_is_named(
    model_tag: str, tmp_path: Path, collected: tuple[str, list[str]], way: str
) -> None:
    address, names = collected
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with running(tmp_path, way=way, **variables) as server:
        request = urllib.request.Request(
            f"{server.http}/v1/prediction",
            BODY,
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=5).close()
        with grpc.insecure_channel(server.grpc) as channel:
            pb_grpc.PredictorStub(channel).Predict(pb.PredictRequest(movie=MOVIE), timeout=5)

        wait_until(lambda: "/boxoffice.v1.Predictor/Predict" in names)
        wait_until(lambda: any("/v1/prediction" in name for name in names))


def test_without_a_collector_no_request_is_traced() -> None:
    assert () == tracing.interceptors("")
    assert {"excluded_urls": [".*"]} == tracing.configuration("")
