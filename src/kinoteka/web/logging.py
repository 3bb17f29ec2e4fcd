"""Where records go: to standard error, coloured on a terminal and as one JSON object a line otherwise."""

import logging
import sys
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import Processor

from kinoteka.settings import Settings
from kinoteka.web.redaction import redact

_QUIET = ("alembic", "asyncio", "granian", "_granian", "httpx")  # they say at «info» what nobody has to know


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Once for a process. The records of libraries, made with `logging`, take the same way as our own."""
    output = stream or sys.stderr
    console = is_console(settings, output)
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(console),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=_shared(console), processors=_rendering(console, output))
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def is_console(settings: Settings, output: TextIO) -> bool:
    return settings.log_format == "console" or (settings.log_format == "auto" and output.isatty())


def _shared(console: bool) -> list[Processor]:
    """On a terminal the time is the local one, without the date."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]


def _rendering(console: bool, output: TextIO) -> list[Processor]:
    unwrap = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if console:
        # The pretty traceback shows local variables, and with them whatever a request brought.
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=output.isatty(), pad_event_to=0, exception_formatter=plain)
        return [unwrap, renderer, _redacted]
    return [
        unwrap,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_to_json),
        _redacted,
    ]


def _redacted(_logger: Any, _method: str, rendered: Any) -> Any:
    return redact(rendered)


def _to_json(record: dict[str, Any], **_: Any) -> str:
    return msgspec.json.encode(record, enc_hook=str).decode()
