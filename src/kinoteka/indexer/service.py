"""What people ask of the index: build it anew, go back to the one before, compare it, say how it stands."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from kinoteka.cache.port import Tokens
from kinoteka.database import Database
from kinoteka.errors import UnavailableError, UsageError
from kinoteka.indexer import dead_letters, starting, targets
from kinoteka.indexer.build import build_index
from kinoteka.indexer.connection import LockHeldError, builder, one_consumer, reconciler, session, sole_consumer
from kinoteka.indexer.consumers import ConsumerStatus, list_consumers
from kinoteka.indexer.dead_letters import DeadLetter
from kinoteka.indexer.feed import Feed, process_all, whole
from kinoteka.indexer.pauses import backoff
from kinoteka.indexer.progress import Progress
from kinoteka.indexer.rebuild import build_shared
from kinoteka.indexer.reconcile import reconcile_index, request_reconcile
from kinoteka.indexer.status import FeedStatus, get_feed_status
from kinoteka.search.engine import SearchEngine

_LOOK = 0.2
_ATTEMPTS = 8
"""Failures on end after which a rebuild is left to the processes that keep the index, or to the next command."""


async def get_status(database: Database) -> FeedStatus:
    async with database.transaction() as connection:
        return await get_feed_status(connection)


async def get_consumers(database: Database) -> list[ConsumerStatus]:
    """Processes that keep the index, oldest first."""
    async with session(database) as connection:
        return await list_consumers(connection)


async def list_dead_letters(database: Database, most: int) -> list[DeadLetter]:
    """The oldest ones."""
    async with session(database) as connection:
        return await dead_letters.list_letters(connection, most)


async def retry_dead_letters(database: Database, ids: Sequence[UUID] | None) -> int:
    """How many there were of these, or in all."""
    async with session(database) as connection:
        return await dead_letters.retry(connection, ids)


async def drop_dead_letters(database: Database, ids: Sequence[UUID] | None) -> int:
    """How many there were of these, or in all."""
    async with session(database) as connection:
        return await dead_letters.drop(connection, ids)


async def request_rebuild(database: Database) -> None:
    """The process that keeps the index sees it within 50 ms; `await_rebuild` shows how it goes on."""
    async with database.transaction() as connection:
        await connection.execute(text("SELECT search_rebuild_needed()"))


async def request_comparison(database: Database, reason: str) -> None:
    """Has index and database compared and mended by a process that keeps the index; to be asked for after a restore."""
    async with session(database) as connection:
        await request_reconcile(connection, reason)


async def await_rebuild(database: Database, progress: Progress) -> None:
    """Returns when no rebuild is due any more; as long as no process keeps the index it waits."""
    while (status := await get_status(database)).rebuild_needed:
        if status.build:
            progress(status.build.done, status.build.total)
        await asyncio.sleep(_LOOK)


async def rebuild(database: Database, engine: SearchEngine, tokens: Tokens, progress: Progress) -> None:
    """Returns when a new index is in use: built here, or by the process that is about to do so.

    Goes on with a build that was cut off. Raises EngineUnavailableError.
    """
    feed = Feed(database, engine, tokens)
    try:
        if engine.is_shared:
            await _rebuild_shared(feed, progress)
        else:
            async with sole_consumer(database) as connection:
                await starting.begin(connection, engine)
                await build_index(feed, progress)
    except LockHeldError:
        await request_rebuild(database)
        await await_rebuild(database, progress)


async def _rebuild_shared(feed: Feed, progress: Progress) -> None:
    """Attempts go on where the last one failed."""
    for failures in range(1, _ATTEMPTS + 1):
        try:
            async with builder(feed.database) as connection:
                await build_shared(feed, connection, progress)
                return
        except UnavailableError:
            if failures == _ATTEMPTS:
                raise
            await asyncio.sleep(backoff(failures))


async def roll_back(database: Database, engine: SearchEngine, tokens: Tokens) -> str:
    """Puts the build before the one in use back in its place, and answers its name. Raises UsageError."""
    async with builder(database) as connection:
        target = await targets.find_state(connection, "retired")
        written = await targets.list_written(connection, engine.layout)
        build = await engine.resume_build(target.name) if target and target.name in written else None
        if build is None:
            raise UsageError(
                "There is no earlier index to go back to: one is kept for a quarter of an hour after a rebuild."
            )
        await whole(build.publish())
        await tokens.renew_all()
        await targets.use(connection, build.name, await engine.highest_version())
        return build.name


async def reconcile(database: Database, engine: SearchEngine, tokens: Tokens) -> int:
    """How many documents differed. They are repaired here, or soon by the process that keeps the index if there is one.

    Without such a process, changes that wait are indexed first and do not count as differences.
    """
    feed = Feed(database, engine, tokens)
    if engine.is_shared:
        return await _reconcile_shared(feed)
    try:
        async with sole_consumer(database) as connection:
            await starting.begin(connection, engine)
            await process_all(feed, connection)
            differences = await reconcile_index(engine, connection)
            await process_all(feed, connection)
            return differences
    except LockHeldError:
        async with session(database) as connection:
            return await reconcile_index(engine, connection)


async def _reconcile_shared(feed: Feed) -> int:
    async with reconciler(feed.database) as connection, one_consumer(feed.database) as consumer:
        await starting.begin(consumer, feed.engine)
        await process_all(feed, consumer)
        differences = await reconcile_index(feed.engine, connection)
        await process_all(feed, consumer)
        return differences
