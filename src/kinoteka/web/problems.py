"""Errors as answers: application/problem+json, RFC 9457."""

from http import HTTPStatus
from urllib.parse import quote

import structlog
from litestar.exceptions import HTTPException
from msgspec import Struct
from msgspec.json import encode

from kinoteka.errors import Fault, KinotekaError
from kinoteka.web.answer import Header
from kinoteka.web.exchange import Exchange
from kinoteka.web.security import security_headers

PROBLEM_JSON = "application/problem+json"
_TYPE = "urn:kinoteka:problem:"
_NO_CAUSE = "Something went wrong on the server; its log holds more under this trace id."

log = structlog.get_logger()


class Problem(Struct, frozen=True, kw_only=True):
    """`type` is stable and safe to compare; `trace_id` is the X-Request-ID of the answer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[Fault]
    trace_id: str


Reply = tuple[int, tuple[Header, ...], bytes]


def problem_reply(exchange: Exchange, error: BaseException) -> Reply:
    """Status, headers and body. An error that nobody foresaw is logged here, once, with its stack."""
    if isinstance(error, KinotekaError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _reply(exchange, error.status, error.title, error.kind, error.detail, error.faults, error.headers)
    if isinstance(error, KinotekaError) and error.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("unavailable", request_id=exchange.request_id, path=exchange.path, reason=error.detail)
        return _reply(exchange, error.status, error.title, error.kind, error.detail, error.faults, error.headers)
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _framework_reply(exchange, error)
    log.error(
        "server error", request_id=exchange.request_id, method=exchange.method, path=exchange.path, exc_info=error
    )
    return _reply(exchange, 500, KinotekaError.title, KinotekaError.kind, _NO_CAUSE, [], {})


def _framework_reply(exchange: Exchange, error: HTTPException) -> Reply:
    status = HTTPStatus(error.status_code)
    kind = status.phrase.lower().replace(" ", "-")
    detail = _DETAILS.get(status, error.detail)
    return _reply(exchange, status, status.phrase.capitalize(), kind, detail, [], dict(error.headers or {}))


_DETAILS = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address; /docs lists the addresses.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method; Allow names those it takes.",
}


def _reply(
    exchange: Exchange, status: int, title: str, kind: str, detail: str, faults: list[Fault], headers: dict[str, str]
) -> Reply:
    problem = Problem(
        type=_TYPE + kind,
        title=title,
        status=status,
        detail=detail,
        instance=quote(exchange.path.encode("utf-8", "replace"))[:2000],
        errors=faults,
        trace_id=exchange.request_id,
    )
    body = encode(problem)
    about = (
        (b"content-type", PROBLEM_JSON.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *security_headers(),
    )
    return status, (*about, *((name.lower().encode(), value.encode()) for name, value in headers.items())), body
