"""Several processes on one database, one engine and one Redis, as far as the cache can tell."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from applications import Own, application
from counting import Counting
from small_catalogue import STALKER, refresh, rename

from kinoteka.bootstrap import Services, open_cache
from kinoteka.cache.waits import Waits
from kinoteka.settings import Settings

PATIENT = Waits(tokens=10, answers=10, blind_after=20)
"""A busy machine is no failure."""


@dataclass(frozen=True)
class Process:
    """Its tokens and answers are its own; the database and the index are the other's, too."""

    own: Own
    engine: Counting

    @property
    def services(self) -> Services:
        return self.own.services

    async def asked(self, path: str, status: int = 200, **options: Any) -> tuple[Any, int]:
        """The answer, and how many times the engine was asked for it."""
        before = len(self.engine.calls)
        response = await self.own.api.get(path, status, **options)
        return response, len(self.engine.calls) - before


Start = Callable[..., Awaitable[Process]]


@asynccontextmanager
async def starter(own: Own, waits: Waits = PATIENT) -> AsyncIterator[Start]:
    """`start(sees=…, **settings)`; `sees`: whether Redis is there. `own` itself shares nothing with them."""
    async with AsyncExitStack() as stack:

        async def start(*, sees: bool = True, **settings: Any) -> Process:
            apart = {"redis_prefix": f"{own.services.settings.redis_prefix}:apart"}
            changed: Settings = own.services.settings.model_copy(update=apart | settings)
            tokens, answers = await stack.enter_async_context(open_cache(changed, waits))
            engine = Counting(own.services.engine)
            services = replace(own.services, settings=changed, tokens=tokens, answers=answers, engine=engine)
            return Process(await stack.enter_async_context(application(services, sees=sees)), engine)

        yield start


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another process's event
            await asyncio.sleep(0.005)


async def caught_up(*processes: Process) -> None:
    """Until each knows all that the first one knows now."""
    await until(lambda: processes[0].services.tokens.mark() is not None)
    known = processes[0].services.tokens.mark() or b""
    await until(lambda: all((process.services.tokens.mark() or b"") >= known for process in processes))


async def kept(process: Process) -> None:
    """Until what it made is in Redis: writes wait for each other, and stay in order."""
    answers = process.services.answers
    assert answers is not None
    sign = uuid4().bytes
    answers.keep(b"last", sign, 10)
    async with asyncio.timeout(20):
        while await answers.find(b"last") != sign:  # noqa: ASYNC110 - Redis's event
            await asyncio.sleep(0.005)


async def change(process: Process, title: str) -> None:
    """As the indexer does it: visible in the index, then told to all."""
    await rename(process.services, title)
    await refresh(process.services, "film", STALKER.id)
