"""Errors as answers: application/problem+json, RFC 9457."""

import re
from http import HTTPStatus
from time import monotonic
from urllib.parse import quote

import structlog
from litestar.exceptions import HTTPException
from msgspec import Struct
from msgspec.json import encode

from kinoteka.errors import Fault, KinotekaError, MovedError
from kinoteka.web.answer import Header
from kinoteka.web.exchange import Exchange
from kinoteka.web.redaction import redact
from kinoteka.web.security import security_headers

PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:kinoteka:problem:"
QUIET = 10.0
"""Seconds that one reason for refusing requests is not told again."""
_QUERY = "".join(map(chr, range(0x21, 0x7F)))
_NO_CAUSE = "Something went wrong on the server; its log holds more under this trace id."

log = structlog.get_logger()


class Problem(Struct, frozen=True, kw_only=True):
    """`type` is stable and safe to compare. `trace_id` is in the server's records of this request: the id of the trace
    where requests are traced, else the X-Request-ID of the answer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault]
    trace_id: str


def _find_own(status: int) -> type[KinotekaError] | None:
    errors: list[type[KinotekaError]] = [KinotekaError, *KinotekaError.__subclasses__()]
    return next((error for error in errors if error.status == status), None)


def name_problem(status: int) -> tuple[str, str]:
    """The `type` and `title` of a problem with that status."""
    if own := _find_own(status):
        return _TYPE + own.kind, own.title
    phrase = HTTPStatus(status).phrase
    return _TYPE + phrase.lower().replace(" ", "-"), phrase.capitalize()


Reply = tuple[int, tuple[Header, ...], bytes]


def problem_reply(exchange: Exchange, error: BaseException) -> Reply:
    """Status, headers and body. An error that nobody foresaw is logged here, once, with its stack."""
    if isinstance(error, KinotekaError) and error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        if error.status > HTTPStatus.INTERNAL_SERVER_ERROR:
            outage.tell(exchange, error.detail)
        headers = {"Location": _location(exchange, error)} if isinstance(error, MovedError) else error.headers
        return _reply(exchange, error.status, _TYPE + error.kind, error.title, error.detail, error.faults, headers)
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _framework_reply(exchange, error)
    log.error(
        "server error", request_id=exchange.request_id, method=exchange.method, path=exchange.path, exc_info=error
    )
    return _reply(exchange, 500, *name_problem(500), _NO_CAUSE, [], {})


def _location(exchange: Exchange, error: MovedError) -> str:
    path = re.sub(re.escape(error.old), error.new, exchange.path, flags=re.IGNORECASE)
    query = exchange.query.decode("latin-1")
    return quote(path) + (f"?{quote(query, safe=_QUERY)}" if query else "")


class _Outage:
    """Why requests are refused stands in the log once in a while: that they are, each one's own record says."""

    def __init__(self) -> None:
        self._reason = ""
        self._until = 0.0

    def forget(self) -> None:
        """As if nothing had been told."""
        self._until = 0.0

    def tell(self, exchange: Exchange, reason: str) -> None:
        now = monotonic()
        if reason == self._reason and now < self._until:
            return
        self._reason, self._until = reason, now + QUIET
        log.warning("unavailable", request_id=exchange.request_id, path=exchange.path, reason=reason)


outage = _Outage()


def _framework_reply(exchange: Exchange, error: HTTPException) -> Reply:
    status = HTTPStatus(error.status_code)
    headers = {name: _sort_allow(name, value) for name, value in (error.headers or {}).items()}
    return _reply(exchange, status, *name_problem(status), _DETAILS.get(status, error.detail), [], headers)


def _sort_allow(name: str, value: str) -> str:
    """Litestar's sets come in another order from each process."""
    return ", ".join(sorted(value.split(", "))) if name.lower() == "allow" else value


_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists the addresses.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method; Allow names those it takes.",
}


def _reply(
    exchange: Exchange, status: int, kind: str, title: str, detail: str, faults: list[Fault], headers: dict[str, str]
) -> Reply:
    problem = Problem(
        type=kind,
        title=title,
        status=status,
        detail=detail,
        instance=quote(redact(exchange.path).encode("utf-8", "replace"))[:2000] or "/",  # CONNECT names no path
        errors=faults,
        trace_id=exchange.trace_id or exchange.request_id,
    )
    body = encode(problem)
    about = (
        (b"content-type", PROBLEM_JSON.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *security_headers(),
    )
    return status, (*about, *((name.lower().encode(), value.encode()) for name, value in headers.items())), body
