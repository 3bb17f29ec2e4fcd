"""Lets the pages of other origins read the API from a browser (Fetch standard, «CORS protocol»)."""

from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send

Pair = tuple[bytes, bytes]

ANY = "*"
_PREFLIGHT: tuple[Pair, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
    (b"access-control-allow-headers", b"authorization, content-type, idempotency-key, if-match, if-none-match"),
    (b"access-control-max-age", b"86400"),
)
_EXPOSED: Pair = (
    b"access-control-expose-headers",
    b"ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-ID, Cache-Status",
)


class Cors:
    """An ASGI application around another one. `origins`: those allowed, or ANY; cookies are never asked for."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = _find_header(scope, b"origin")
        if origin is None or not self._allows(origin):
            await self._app(scope, receive, send)
        elif scope.get("method") == "OPTIONS" and _find_header(scope, b"access-control-request-method") is not None:
            await _answer_preflight(self._allowance(origin), send)
        else:
            await self._app(scope, receive, _with_headers(send, (*self._allowance(origin), _EXPOSED)))

    def _allows(self, origin: bytes) -> bool:
        return ANY in self._origins or origin.decode("latin-1") in self._origins

    def _allowance(self, origin: bytes) -> tuple[Pair, ...]:
        if ANY in self._origins:
            return ((b"access-control-allow-origin", b"*"),)
        return ((b"access-control-allow-origin", origin), (b"vary", b"origin"))


def _find_header(scope: Any, name: bytes) -> bytes | None:
    return next((value for key, value in scope.get("headers", ()) if key == name), None)


async def _answer_preflight(allowance: tuple[Pair, ...], send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": [*allowance, *_PREFLIGHT]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _with_headers(send: Send, more: tuple[Pair, ...]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return sending
