"""The body of a request on its way in, whoever reads it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from litestar.types import HTTPReceiveMessage, Receive

MOST_BYTES, MOST_SECONDS = 4 * 1024 * 1024, 5.0
"""Of a body that nobody wants that are waited for all the same."""


@dataclass
class Arriving:
    """Is itself what an ASGI application receives from. `is_over`: nothing more will come."""

    receive: Receive
    is_over: bool = False

    async def __call__(self) -> HTTPReceiveMessage:
        message = await self.receive()
        self.is_over = message["type"] != "http.request" or not message.get("more_body")
        return message  # type: ignore[return-value] # of an HTTP request

    async def let_finish(self) -> None:
        """Whoever is still sending when the connection is closed never reads why; nothing of it is kept."""
        left = MOST_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_SECONDS):
                while not self.is_over and left > 0:
                    message = await self()
                    left -= len(message["body"]) if message["type"] == "http.request" else 0
