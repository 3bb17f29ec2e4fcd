"""What stands in front of routing: request id, the response cache, the access record, and the last catch of errors."""

from collections.abc import Callable, Mapping
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kinoteka.cache.rate_limits import Limit
from kinoteka.errors import KinotekaError
from kinoteka.web.entrance import Entrance
from kinoteka.web.exchange import SCOPE_KEY, Exchange, open_exchange
from kinoteka.web.guard import Access
from kinoteka.web.problems import problem_reply
from kinoteka.web.response_cache import Depends, ResponseCache, Target
from kinoteka.web.sending import send_variant, send_whole

Finished = Callable[[Exchange], None]


class Front:
    """An ASGI application around another one; `finished` is called once for every HTTP request, after its answer.

    `limits`: of routes whose answers are kept, by path template.
    """

    def __init__(
        self,
        app: ASGIApp,
        cache: ResponseCache,
        finished: Finished,
        entrance: Entrance,
        limits: Mapping[str, Limit],
    ) -> None:
        self._app = app
        self._cache = cache
        self._finished = finished
        self._entrance = entrance
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = open_exchange(scope, self._entrance.proxies)
        try:
            await self._answer(exchange, scope, receive, send)
        finally:
            self._finished(exchange)

    async def _answer(self, exchange: Exchange, scope: Any, receive: Receive, send: Send) -> None:
        if exchange.method in ("GET", "HEAD") and exchange.takes_json:
            target = (exchange.path, exchange.query)
            if self._cache.is_late:
                await self._cache.catch_up()
            entry = self._cache.find_target(target)
            if entry is not None:
                exchange.cache, exchange.route = "l1", entry.wanted.depends.route
                if await self._lets_in(exchange, entry.wanted.depends, send):
                    await send_variant(exchange, self._cache.variant(entry, exchange.coding), send)
                return
            if self._cache.shared is not None and await self._answer_shared(exchange, target, send):
                return
        scope[SCOPE_KEY] = exchange
        await self._route(exchange, scope, receive, send)

    async def _answer_shared(self, exchange: Exchange, target: Target, send: Send) -> bool:
        looked = await self._cache.look_for(target, exchange.coding)
        if looked is None:
            return False
        wanted, exchange.look = looked
        found = exchange.look.found
        if found is None or not found.is_good:
            return False
        exchange.cache, exchange.route = "l2", wanted.depends.route
        if await self._lets_in(exchange, wanted.depends, send):
            await send_variant(exchange, found.rendered.variant(exchange.coding), send)
        return True

    async def _lets_in(self, exchange: Exchange, depends: Depends, send: Send) -> bool:
        """As routing would; whoever may not pass has been answered."""
        try:
            if depends.is_private:
                await self._entrance.admit(Access.USER, exchange, {})
            if limit := self._limits.get(depends.route):
                await self._entrance.count(limit, exchange)
        except KinotekaError as error:
            exchange.cache = "-"
            await send_whole(exchange, send, *problem_reply(exchange, error))
            return False
        return True

    async def _route(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        watched = _Watched(send)
        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            reply = problem_reply(exchange, error)
            if watched.started:
                raise  # the answer is cut off: the server closes the connection, so that the client sees it
            await send_whole(exchange, send, *reply)


class _Watched:
    """Knows whether an answer was begun."""

    def __init__(self, send: Send) -> None:
        self.started = False
        self._send = send

    async def __call__(self, message: Message) -> None:
        self.started = True
        await self._send(message)
