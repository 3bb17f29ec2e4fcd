"""What tests of the shared ports need."""

import asyncio
from collections.abc import Awaitable, Callable

from kinoteka.cache.port import Tokens

Open = Callable[[], Awaitable[Tokens]]
"""Opens one more process's tokens; those in Redis share one prefix."""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process's event
            await asyncio.sleep(0.01)
