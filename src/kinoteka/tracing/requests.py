"""The span of a request: named by its route, with nothing of what was asked for or who asked."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, StatusCode, Tracer, format_trace_id, get_current_span
from structlog.contextvars import bound_contextvars

from kinoteka.web.exchange import TRACE_KEY, Exchange
from kinoteka.web.metrics import METHODS

_UNTRACED = ("/health/", "/metrics")


class Traced:
    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_UNTRACED):
            await self._app(scope, receive, send)
            return
        parent = extract({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]})
        with self._tracer.start_as_current_span(_method(scope["method"]), parent, SpanKind.SERVER) as span:
            trace_id = format_trace_id(span.get_span_context().trace_id)
            scope[TRACE_KEY] = trace_id  # type: ignore[literal-required] # ASGI leaves room for keys of applications
            with bound_contextvars(trace_id=trace_id):
                await self._app(scope, receive, send)


def finish(exchange: Exchange) -> None:
    span = get_current_span()
    if not exchange.trace_id or not span.is_recording():
        return
    span.update_name(f"{_method(exchange.method)} {exchange.route}".rstrip())
    span.set_attribute("http.request.method", exchange.method if exchange.method in METHODS else "_OTHER")
    span.set_attribute("http.route", exchange.route)
    span.set_attribute("http.response.status_code", exchange.status)
    span.set_attribute("http.response.body.size", exchange.sent_bytes)
    span.set_attribute("kinoteka.cache", exchange.cache)
    span.set_attribute("kinoteka.request_id", exchange.request_id)
    if exchange.status >= 500:
        span.set_status(StatusCode.ERROR)


def _method(method: str) -> str:
    """As OpenTelemetry wants it: a made-up method names no span."""
    return method if method in METHODS else "HTTP"
