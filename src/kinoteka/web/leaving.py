"""A server that is about to end says so in every answer, so that no client sends into a connection that closes."""

from asyncio import Event
from collections.abc import Awaitable, Callable
from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

Seen = Callable[[Any], Awaitable[None]]


class Leaving:
    """An ASGI application around another one. `started` is set once that one is; after `stop` is set answers over
    HTTP/1 ask the client to close its connection (HTTP/2 has a frame for it, which the server sends)."""

    def __init__(self, app: ASGIApp, stop: Event) -> None:
        self.started = Event()
        self._app = app
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            if self._stop.is_set() and scope["http_version"].startswith("1"):
                send = _closing(send)
        elif scope["type"] != ScopeType.WEBSOCKET:  # lifespan, for which Litestar's type has no name
            send = self._watching(send)
        await self._app(scope, receive, send)

    def _watching(self, send: Send) -> Seen:
        async def watch(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.started.set()

        return watch


def _closing(send: Send) -> Seen:
    async def close(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return close
