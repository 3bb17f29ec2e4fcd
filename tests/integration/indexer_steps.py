"""What tests of the indexer do: run it, wait for it, compare both sides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from kinoteka import indexer
from kinoteka.cache.memory import MemoryTokens
from kinoteka.catalogue.documents import KINDS, Kind, build_indexed
from kinoteka.database import Database
from kinoteka.indexer import capture, service
from kinoteka.indexer.build import build_index
from kinoteka.indexer.connection import builder
from kinoteka.indexer.feed import Feed
from kinoteka.indexer.phases import Phases
from kinoteka.indexer.progress import Progress, ignore_progress
from kinoteka.indexer.rebuild import build_shared
from kinoteka.search.engine import SearchEngine

DEADLINE = 60

MakeEngine = Callable[..., SearchEngine]
"""From a name."""


@asynccontextmanager
async def connected(database: Database) -> AsyncIterator[capture.Connection]:
    connection = await database.connect()
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def running(database: Database, engine: SearchEngine, tokens: MemoryTokens | None = None) -> AsyncIterator[None]:
    """With the consumer at work; it must end when told to."""
    stop = asyncio.Event()
    task = asyncio.create_task(indexer.run(database, engine, tokens or MemoryTokens(), stop, Phases(), number=2))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, DEADLINE)


async def build(feed: Feed, progress: Progress = ignore_progress) -> None:
    """Whichever way the engine wants it."""
    if not feed.engine.is_shared:
        await build_index(feed, progress)
        return
    async with builder(feed.database) as connection:
        await build_shared(feed, connection, progress)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await condition():  # noqa: ASYNC110 - what is awaited happens in PostgreSQL
            await asyncio.sleep(0.01)


async def settled(database: Database, engine: SearchEngine) -> None:
    """Until nothing waits to be indexed; what a batch has claimed counts as waiting until it is acknowledged."""

    async def nothing_waits() -> bool:
        status = await service.get_status(database)
        in_use = await engine.find_build() == status.index_name is not None
        return in_use and status.depth == (0, 0) and not status.rebuild_needed

    await until(nothing_waits)


async def execute(database: Database, *statements: str) -> None:
    async with database.transaction() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def differences(database: Database, engine: SearchEngine) -> list[tuple[Kind, UUID]]:
    """Documents that are not the same on both sides, compared by their bytes and not by the reconciler's own means."""
    found: list[tuple[Kind, UUID]] = []
    async with database.transaction() as connection:
        for kind in KINDS:
            ids = list(await connection.scalars(text(f"SELECT id FROM {kind}")))
            records = {record.id: record for record in await build_indexed(connection, kind, ids)}
            indexed = {fingerprint.id async for fingerprint in engine.fingerprints(kind)}
            found += [(kind, doc_id) for doc_id in indexed ^ set(records)]
            for doc_id in indexed & set(records):
                stored, record = await engine.get(kind, doc_id), records[doc_id]
                if stored is None or (stored.data, stored.version) != (record.body, record.version):
                    found.append((kind, doc_id))
    return found
