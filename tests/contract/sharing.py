"""What tests of the shared ports need."""

import asyncio
from collections.abc import Awaitable, Callable

from kinoteka.cache.port import Answers, Tokens
from kinoteka.cache.waits import Waits

PATIENT = Waits(tokens=10, answers=10, blind_after=20)
"""A busy machine is no failure."""

Open = Callable[[], Awaitable[Tokens]]
"""Opens one more process's tokens; those in Redis share one prefix."""


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process's event
            await asyncio.sleep(0.01)


async def until_found(answers: Answers, key: bytes) -> bytes:
    async with asyncio.timeout(10):
        while (value := await answers.find(key)) is None:  # noqa: ASYNC110 - another process keeps it
            await asyncio.sleep(0.005)
    return value
