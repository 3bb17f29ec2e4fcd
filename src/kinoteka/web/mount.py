"""Puts declared routes into Litestar."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, TypeVar, cast

from litestar import Litestar, Request, Response, Router
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method, Receive, Scope, Send
from msgspec.msgpack import encode
from msgspec.structs import replace

from kinoteka.errors import InvalidError, NotAcceptableError
from kinoteka.web.answer import IMMUTABLE, IMMUTABLE_PRIVATE, PERSONAL, PRIVATE, PUBLIC, Answer, Header, Stream
from kinoteka.web.body import read_json_body
from kinoteka.web.decode import Call, Expected, Sent, decode_call, invalid
from kinoteka.web.entrance import Entrance
from kinoteka.web.exchange import SCOPE_KEY, Exchange
from kinoteka.web.guard import Access, Caller
from kinoteka.web.idempotency import Keyed, find_deed, once
from kinoteka.web.negotiation import choose_media_type
from kinoteka.web.problems import problem_reply
from kinoteka.web.rendered import Rendered
from kinoteka.web.response_cache import Kept, ResponseCache, Wanted
from kinoteka.web.route import Route
from kinoteka.web.security import security_headers
from kinoteka.web.sending import send_stream, send_variant, send_whole
from kinoteka.web.upload import Incoming

T = TypeVar("T", Answer, Stream)
_AMONG_ACCOUNTS = {PUBLIC: PRIVATE, IMMUTABLE: IMMUTABLE_PRIVATE}


def make_litestar(routes: Iterable[Route], cache: ResponseCache, entrance: Entrance) -> Litestar:
    places: dict[str, Place] = {}
    for route in routes:
        mounted = Mounted(route, cache, entrance)
        places.setdefault(route.path, {}).update(dict.fromkeys(_methods(route), mounted))
    alike: dict[tuple[str, ...], list[str]] = {}
    for path, place in places.items():
        alike.setdefault(tuple(sorted([*place, "OPTIONS"])), []).append(path)
    # Registered at once: with each handler that it is given by itself Litestar builds its tree of all paths anew.
    api = Router("/", route_handlers=[_mount(paths, methods, places) for methods, paths in alike.items()])
    return Litestar(
        route_handlers=[api],
        openapi_config=None,
        logging_config=None,
        exception_handlers={Exception: _answer_error},
    )


def _methods(route: Route) -> list[str]:
    return ["GET", "HEAD"] if route.method == "GET" else [route.method]


@dataclass(frozen=True)
class Mounted:
    """A route and what it is served with."""

    route: Route
    cache: ResponseCache
    entrance: Entrance

    @property
    def is_private(self) -> bool:
        return self.entrance.is_private(self.route.access)

    @cached_property
    def expected(self) -> Expected[Any]:
        route = self.route
        return Expected(route.path_model, route.query_model, route.header_model, route.body_model, route.body_context)


Place = dict[str, Mounted]
"""What answers at a path, by method."""


def _mount(paths: list[str], methods: tuple[str, ...], places: Mapping[str, Place]) -> HTTPRouteHandler:
    """One handler for all paths that take the same methods, and all of these: so Allow names them whoever asks, and
    an application is made in a third of the time. OPTIONS is among them, or Litestar would add a handler for it."""
    options = partial(_send_options, ", ".join(methods).encode())

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        plain = cast("dict[str, Any]", scope)
        mounted = places[plain["path_template"]].get(plain["method"])
        respond = options if mounted is None else await _serve(mounted, plain, receive)
        await respond(scope, receive, send)

    patterns = [re.sub(r"\{(\w+)\}", r"{\1:str}", path) for path in paths]
    taken: list[HttpMethod | Method] = [HttpMethod(method) for method in methods]
    return HTTPRouteHandler(patterns, http_method=taken, middleware=[lambda app: answer])(_never_reached)


async def _send_options(allow: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    exchange = cast("Exchange", cast("dict[str, Any]", scope)[SCOPE_KEY])
    await send_whole(exchange, send, HTTPStatus.NO_CONTENT, ((b"allow", allow), *security_headers()), b"")


async def _never_reached() -> None:
    """Litestar finds the route; a middleware answers, which spares its own reading of the request: 10 µs."""


async def _serve(mounted: Mounted, scope: dict[str, Any], receive: Receive) -> ASGIApp:
    route, exchange = mounted.route, cast("Exchange", scope[SCOPE_KEY])
    exchange.route = route.path
    caller = await mounted.entrance.admit(route.access, exchange, scope["path_params"])
    await mounted.entrance.count(route.limit, exchange)
    _check_accept(route, exchange)
    sent = await _read(route, exchange, scope, receive)
    call = await _decode(mounted, sent, caller)
    if route.upload is not None:
        route.upload.check(exchange.headers)
        incoming = Incoming(route.upload, receive)
        if issubclass(route.header_model, Keyed):  # what the key is compared with
            sent = replace(sent, body=await incoming.read())
        call = replace(call, body=incoming if sent.body is None else sent.body)
    if route.depends is not None:
        return await _serve_kept(mounted, exchange, call)
    answer = await _do(mounted, exchange, call, sent)
    if isinstance(answer, Stream):
        return partial(_stream, exchange, _guarded(mounted, answer))
    return _whole(exchange, Kept(Rendered(_guarded(mounted, answer)), "-"))


async def _do(mounted: Mounted, exchange: Exchange, call: Call[Any], sent: Sent) -> Answer | Stream:
    route = mounted.route
    if issubclass(route.header_model, Keyed):
        deed = find_deed(call, exchange.path, exchange.query + b"\n" + (sent.body or b""))
        if deed is not None and not route.keeps_deeds:
            return await once(mounted.entrance.deeds, deed, partial(_make, mounted, call))
        call = replace(call, deed=deed)
    return await route.handler(call)


async def _decode(mounted: Mounted, sent: Sent, caller: Caller | None) -> Call[Any]:
    try:
        return decode_call(mounted.expected, sent, caller)
    except InvalidError as error:
        more_faults = mounted.route.more_faults
        if more_faults is None:
            raise
        raise invalid([*error.faults, *await more_faults(sent.body or b"")]) from None


async def _serve_kept(mounted: Mounted, exchange: Exchange, call: Call[Any]) -> ASGIApp:
    route = mounted.route
    depends = replace(cast("Any", route.depends)(call), route=route.path, is_private=mounted.is_private)
    target = (exchange.path, exchange.query)
    wanted = Wanted(_key(route, call), depends)
    make = partial(_make, mounted, call)
    kept = await mounted.cache.answer(target, wanted, exchange.coding, make, exchange.look)
    exchange.cache = kept.result
    return _whole(exchange, kept)


async def _read(route: Route, exchange: Exchange, scope: dict[str, Any], receive: Receive) -> Sent:
    body = None
    if route.body_model is not None:
        body = await read_json_body(exchange.headers, receive, route.largest_body, route.body_types)
    path: dict[str, str] = scope["path_params"]
    return Sent(path, exchange.query, exchange.headers, body, exchange.client, exchange.request_id)


def _guarded(mounted: Mounted, answer: T) -> T:
    """What only accounts may see is kept by nobody but them; what is somebody's own, by nobody."""
    if not mounted.is_private or answer.cache_control in (PERSONAL, PRIVATE):
        return answer
    shared = _AMONG_ACCOUNTS if mounted.route.access is Access.CATALOGUE else {}
    return replace(answer, cache_control=shared.get(answer.cache_control, PERSONAL))


def _check_accept(route: Route, exchange: Exchange) -> None:
    accept = exchange.headers.get(b"accept", b"")
    if route.media_types and choose_media_type(accept, route.media_types) is None:
        raise NotAcceptableError(f"This address answers {b', '.join(route.media_types).decode()}.")


def _key(route: Route, call: Call[Any]) -> bytes:
    """Of what was understood, not of how it was written; defaults are filled in."""
    return blake2b(
        encode((route.operation_id, call.path, sorted(call.query.__dict__.items()))), digest_size=16
    ).digest()


async def _make(mounted: Mounted, call: Call[Any]) -> Answer:
    return _guarded(mounted, cast("Answer", await mounted.route.handler(call)))


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
