"""Spans go to a collector over OTLP/HTTP, from a thread of the SDK's own: a request never waits for it."""

import asyncio
from http import HTTPStatus
from threading import Thread
from typing import Any

from elastic_transport import OpenTelemetrySpan
from litestar.types import ASGIApp
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.propagate import inject
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from wrapt import wrap_function_wrapper

from kinoteka import __version__
from kinoteka.settings import Settings
from kinoteka.tracing.discretion import Discreet, RequestsOnly
from kinoteka.tracing.requests import Traced, finish
from kinoteka.web.exchange import Exchange

_PATIENCE = 3.0
"""Seconds that the collector has for what waits when the process stops."""


class OpenTelemetry:
    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def wrap(self, app: ASGIApp) -> ASGIApp:
        return Traced(app, self._provider.get_tracer("kinoteka", __version__))

    def finish(self, exchange: Exchange) -> None:
        finish(exchange)

    async def close(self) -> None:
        # A daemon: a collector that accepts and never answers must not keep the process.
        flushing = Thread(target=self._provider.shutdown, daemon=True)
        flushing.start()
        await asyncio.to_thread(flushing.join, _PATIENCE)


def start(settings: Settings) -> OpenTelemetry:
    """Watches asyncpg, redis-py and Elasticsearch's transport from here on."""
    provider = _make_provider(settings)
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument(tracer_provider=provider)  # type: ignore[no-untyped-call] # it has no types
    RedisInstrumentor().instrument(tracer_provider=provider)
    wrap_function_wrapper("elastic_transport", "AsyncTransport.perform_request", _with_span)
    return OpenTelemetry(provider)


def _make_provider(settings: Settings) -> TracerProvider:
    """What the settings leave open, the SDK takes from the OTEL_* variables."""
    provider = TracerProvider(_sampler(settings), _resource(), shutdown_on_exit=False)
    provider.sampler = RequestsOnly(provider.sampler)
    provider.add_span_processor(BatchSpanProcessor(Discreet(OTLPSpanExporter(_endpoint(settings)))))
    return provider


def _sampler(settings: Settings) -> Sampler | None:
    return None if settings.trace_share is None else ParentBased(TraceIdRatioBased(settings.trace_share))


def _resource() -> Resource:
    return Resource({"service.name": "kinoteka", "service.version": __version__}).merge(OTELResourceDetector().detect())


def _endpoint(settings: Settings) -> str | None:
    return f"{settings.otlp_endpoint.rstrip('/')}/v1/traces" if settings.otlp_endpoint else None


async def _with_span(perform: Any, _transport: Any, args: Any, options: Any) -> Any:
    """The transport fills a span and makes none; Elasticsearch takes a traceparent for its traces and slow logs."""
    headers = dict(options.get("headers") or {})
    with trace.get_tracer("elastic_transport").start_as_current_span(args[0], kind=SpanKind.CLIENT) as span:
        inject(headers)
        answer = await perform(*args, **{**options, "headers": headers, "otel_span": OpenTelemetrySpan(span)})
        if answer.meta.status == HTTPStatus.TOO_MANY_REQUESTS or answer.meta.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            span.set_status(StatusCode.ERROR)
        return answer
