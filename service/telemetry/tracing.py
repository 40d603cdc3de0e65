"""Traces of requests, sent to OTEL_EXPORTER_OTLP_ENDPOINT; without that address there are none."""

from typing import Any


def configuration(endpoint: str) -> dict[str, Any]:
    """The `tracing` option of the BentoML service, which traces REST."""
    if not endpoint:
        return {"excluded_urls": [".*"]}
    otlp = {"endpoint": f"{endpoint.rstrip('/')}/v1/traces", "protocol": "http"}
    return {"exporter_type": "otlp", "sample_rate": 1.0, "otlp": otlp}


def current() -> str:
    """The trace of what is being answered, in hexadecimal digits; "" where it is not traced."""
    from opentelemetry.trace import format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else ""


def interceptors(endpoint: str) -> tuple[Any, ...]:
    """The interceptors that trace gRPC."""
    if not endpoint:
        return ()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.grpc import aio_server_interceptor
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "box_office"}))
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return (aio_server_interceptor(tracer_provider=provider),)
