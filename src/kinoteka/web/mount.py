"""Puts declared routes into Litestar."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.msgpack import encode

from kinoteka.errors import NotAcceptableError
from kinoteka.web.answer import Answer, Header, Stream
from kinoteka.web.decode import Call, decode_call
from kinoteka.web.exchange import SCOPE_KEY, Exchange
from kinoteka.web.negotiation import choose_media_type
from kinoteka.web.problems import problem_reply
from kinoteka.web.rendered import Rendered
from kinoteka.web.response_cache import Kept, ResponseCache, Wanted
from kinoteka.web.route import Route
from kinoteka.web.sending import send_stream, send_variant, send_whole


def make_litestar(routes: Iterable[Route], cache: ResponseCache) -> Litestar:
    return Litestar(
        route_handlers=[_mount(route, cache) for route in routes],
        openapi_config=None,
        logging_config=None,
        exception_handlers={Exception: _answer_error},
    )


def _mount(route: Route, cache: ResponseCache) -> HTTPRouteHandler:
    async def handle(request: Request[Any, Any, Any]) -> ASGIApp:
        return await _serve(route, cache, cast("dict[str, Any]", request.scope))

    path = re.sub(r"\{(\w+)\}", r"{\1:str}", route.path)
    return HTTPRouteHandler(path, http_method=[route.method, "HEAD"], name=route.operation_id)(handle)


async def _serve(route: Route, cache: ResponseCache, scope: dict[str, Any]) -> ASGIApp:
    exchange: Exchange = scope[SCOPE_KEY]
    exchange.route = route.path
    _check_accept(route, exchange)
    call = decode_call(route.path_model, route.query_model, scope["path_params"], exchange.query, exchange.headers)
    if route.depends is not None:
        depends = replace(route.depends(call), route=route.path)
        target = (exchange.path, exchange.query)
        wanted = Wanted(_key(route, call), depends)
        kept = await cache.answer(target, wanted, exchange.coding, partial(_make, route, call), exchange.look)
        exchange.cache = kept.result
        return _whole(exchange, kept)
    answer = await route.handler(call)
    if isinstance(answer, Stream):
        return partial(_stream, exchange, answer)
    return _whole(exchange, Kept(Rendered(answer), "-"))


def _check_accept(route: Route, exchange: Exchange) -> None:
    accept = exchange.headers.get(b"accept", b"")
    if route.media_types and choose_media_type(accept, route.media_types) is None:
        raise NotAcceptableError(f"This address answers {b', '.join(route.media_types).decode()}.")


def _key(route: Route, call: Call[Any]) -> bytes:
    """Of what was understood, not of how it was written; defaults are filled in."""
    return blake2b(
        encode((route.operation_id, call.path, sorted(call.query.__dict__.items()))), digest_size=16
    ).digest()


async def _make(route: Route, call: Call[Any]) -> Answer:
    return cast("Answer", await route.handler(call))


def _whole(exchange: Exchange, kept: Kept) -> ASGIApp:
    extra: tuple[Header, ...] = ()
    if kept.stale_for is not None:
        extra = ((b"cache-status", b"kinoteka; hit; ttl=-%d; detail=unavailable" % kept.stale_for),)

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        await send_variant(exchange, kept.rendered.variant(exchange.coding), send, kept.rendered.status, extra)

    return respond


async def _stream(exchange: Exchange, stream: Stream, scope: Scope, receive: Receive, send: Send) -> None:
    await send_stream(exchange, stream, receive, send)


def _answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return _ProblemResponse(cast("dict[str, Any]", request.scope)[SCOPE_KEY], error)


class _ProblemResponse(Response[bytes]):
    """Litestar turns what an exception handler gives into an ASGI application through this method."""

    def __init__(self, exchange: Exchange, error: Exception) -> None:
        self._exchange = exchange
        self._reply = problem_reply(exchange, error)
        super().__init__(b"", status_code=self._reply[0])

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        return self._respond

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send_whole(self._exchange, send, *self._reply)
