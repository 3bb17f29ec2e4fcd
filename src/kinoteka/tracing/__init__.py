"""OpenTelemetry traces, where an endpoint is set. Nothing of its SDK is loaded otherwise."""

import os

from kinoteka.settings import Settings
from kinoteka.tracing.port import Tracing

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def open_tracing(settings: Settings) -> Tracing | None:
    """Once for a process, before its first request; None when nobody wants traces."""
    if not _is_wanted(settings):
        return None
    from kinoteka.tracing import opentelemetry  # noqa: PLC0415 - it takes 0.1 s and 13 MB: only who asked pays

    return opentelemetry.start(settings)


def _is_wanted(settings: Settings) -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return bool(settings.otlp_endpoint or any(os.environ.get(name) for name in _ENDPOINTS))
