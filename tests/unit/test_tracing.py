"""What traces leave out, and that nothing is loaded while nobody wants them."""

import subprocess
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import SpanKind

from kinoteka.tracing.discretion import Discreet, RequestsOnly
from kinoteka.tracing.opentelemetry import _with_span


class Kept(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def provider(kept: Kept) -> TracerProvider:
    provider = TracerProvider(RequestsOnly(ALWAYS_ON), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Discreet(kept)))
    return provider


def test_of_an_error_only_its_class_is_told(provider: TracerProvider, kept: Kept) -> None:
    tracer = provider.get_tracer("test")
    with (
        pytest.raises(ValueError, match="already exists"),
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes={"a": 1}),
    ):
        raise ValueError("Key (phone)=(+380441234567) already exists")
    [span] = kept.spans
    assert "+380" not in span.to_json()
    assert (span.status.is_ok, span.status.description, dict(span.attributes or {})) == (False, "ValueError", {"a": 1})
    assert span.start_time
    assert span.end_time


def test_a_trace_begins_with_a_request(provider: TracerProvider, kept: Kept) -> None:
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT), tracer.start_as_current_span("inner"):
        pass
    assert kept.spans == []
    with (
        tracer.start_as_current_span("GET", kind=SpanKind.SERVER),
        tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT),
    ):
        pass
    assert [span.name for span in kept.spans] == ["SELECT", "GET"]


@pytest.mark.parametrize(("status", "is_fault"), [(200, False), (404, False), (429, True), (503, True)])
async def test_what_elasticsearch_refuses_is_a_fault(
    provider: TracerProvider, kept: Kept, monkeypatch: pytest.MonkeyPatch, status: int, is_fault: bool
) -> None:
    async def perform(*_: object, **options: Any) -> SimpleNamespace:
        options["otel_span"].set_db_response(status)
        return SimpleNamespace(meta=SimpleNamespace(status=status))

    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with provider.get_tracer("test").start_as_current_span("GET", kind=SpanKind.SERVER):
        await _with_span(perform, None, ("POST", "/_search"), {})
    asked = kept.spans[0]
    assert (asked.name, asked.kind, asked.status.is_ok) == ("POST", SpanKind.CLIENT, not is_fault)
    assert (asked.attributes or {})["db.response.status_code"] == str(status)


def test_nothing_of_the_sdk_is_loaded_without_an_endpoint() -> None:
    program = (
        "import sys; from kinoteka.cli.program import make_app; make_app(); from kinoteka.settings import Settings; "
        "from kinoteka.tracing import open_tracing; assert open_tracing(Settings()) is None; "
        "print([name for name in sys.modules "
        "if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter', 'opentelemetry.instrumentation'))])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
