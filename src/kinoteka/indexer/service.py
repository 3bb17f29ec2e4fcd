"""What people ask of the index: build it anew, compare it, say how it stands."""

import asyncio

from sqlalchemy import text

from kinoteka.cache.port import Tokens
from kinoteka.database import Database
from kinoteka.indexer.build import Progress, build_index
from kinoteka.indexer.connection import LockHeldError, session, sole_consumer
from kinoteka.indexer.feed import Feed, process_all
from kinoteka.indexer.reconcile import reconcile_index
from kinoteka.indexer.status import FeedStatus, get_feed_status
from kinoteka.search.engine import SearchEngine

_LOOK = 0.2


async def get_status(database: Database) -> FeedStatus:
    async with database.transaction() as connection:
        return await get_feed_status(connection)


async def request_rebuild(database: Database) -> None:
    """The process that keeps the index sees it within 50 ms; `await_rebuild` shows how it goes on."""
    async with database.transaction() as connection:
        await connection.execute(text("SELECT search_rebuild_needed()"))


async def await_rebuild(database: Database, progress: Progress) -> None:
    """Returns when no rebuild is due any more; as long as no process keeps the index it waits."""
    while (status := await get_status(database)).rebuild_needed:
        if status.build:
            progress(status.build.done, status.build.total)
        await asyncio.sleep(_LOOK)


async def rebuild(database: Database, engine: SearchEngine, tokens: Tokens, progress: Progress) -> None:
    """Returns when a new index is in use: built here, or by the process that keeps the index if there is one."""
    try:
        async with sole_consumer(database):
            await build_index(Feed(database, engine, tokens), progress)
    except LockHeldError:
        await request_rebuild(database)
        await await_rebuild(database, progress)


async def reconcile(database: Database, engine: SearchEngine, tokens: Tokens) -> int:
    """How many documents differed. They are repaired here, or soon by the process that keeps the index if there is one.

    Without such a process, changes that wait are indexed first and do not count as differences.
    """
    try:
        async with sole_consumer(database) as connection:
            feed = Feed(database, engine, tokens)
            await process_all(feed, connection)
            differences = await reconcile_index(engine, connection)
            await process_all(feed, connection)
            return differences
    except LockHeldError:
        async with session(database) as connection:
            return await reconcile_index(engine, connection)
