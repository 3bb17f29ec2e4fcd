"""The consumer: one at a time, under an advisory lock, for as long as the process runs."""

import asyncio
import random
from asyncio import Event, Task, create_task
from contextlib import suppress
from datetime import datetime
from time import monotonic

import structlog

from kinoteka.cache.port import Tokens
from kinoteka.database import Database
from kinoteka.indexer import capture, dead_letters
from kinoteka.indexer.build import INDEX, build_index
from kinoteka.indexer.capture import Connection, Waiting
from kinoteka.indexer.connection import LockHeldError, session, sole_consumer
from kinoteka.indexer.feed import FAST, Feed, process_batch
from kinoteka.indexer.phases import Phases
from kinoteka.indexer.reconcile import reconcile_index
from kinoteka.search.engine import SearchEngine

POLL, HEARTBEAT = 0.05, 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 5.0
NIGHT = 3
"""The hour, local time, in which index and database are compared."""

_UNKNOWN = 0
"""No request has this number: the first look settles whether anything is due, whatever an earlier session left held."""

log = structlog.get_logger("kinoteka.indexer")


async def run(database: Database, engine: SearchEngine, tokens: Tokens, stop: Event, phases: Phases) -> None:
    """Keeps the index in step with the database until `stop` is set; then finishes its batch. Raises nothing.

    The engine must be open. With no usable index, or one of another database, it builds one first.
    """
    failures = 0
    while not stop.is_set():
        began = monotonic()
        try:
            await _consume(Feed(database, engine, tokens, rebuild_seen=_UNKNOWN, phases=phases), stop)
        except LockHeldError:
            await _pause(stop, random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))  # noqa: S311 - jitter
        except Exception as error:
            failures = 1 if monotonic() - began > 60 else failures + 1
            log.warning("search feed interrupted", error=f"{type(error).__name__}: {error}", exc_info=failures == 1)
            await _pause(stop, _backoff(failures))


def _backoff(failures: int) -> float:
    """Seconds: full jitter under a bound that doubles."""
    return random.uniform(SHORTEST_PAUSE, min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(failures, 10)))  # noqa: S311 - jitter


async def _pause(stop: Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _consume(feed: Feed, stop: Event) -> None:
    """`job`: the full build or the nightly comparison that goes on beside the batches."""
    async with sole_consumer(feed.database) as connection:
        await demand_index(feed.engine, connection)
        job: Task[None] | None = None
        heartbeat = 0.0
        try:
            while not stop.is_set():
                waiting = await _look(feed, connection)
                done = await process_batch(feed, connection) if waiting.events and await feed.engine.find_build() else 0
                if waiting.dead_letters:
                    await dead_letters.try_again(connection)
                job = _ended(job) or (create_task(_rebuild(feed)) if waiting.rebuild is not None else None)
                if monotonic() > heartbeat + HEARTBEAT:
                    heartbeat = monotonic()
                    job = job or (create_task(_reconcile(feed)) if await _beat(connection) else None)
                if done < FAST:
                    await _pause(stop, POLL)
        finally:
            await _cancel(job)


async def _look(feed: Feed, connection: Connection) -> Waiting:
    """Under the gate, so that a request that a build fulfils in this moment is not taken for a new one."""
    async with feed.gate:
        waiting = await capture.get_waiting(connection)
        if waiting.rebuild is not None:
            await feed.expect_rebuild(waiting.rebuild)
        elif feed.rebuild_seen is not None:
            await feed.announce_rebuilt()
    return waiting


async def demand_index(engine: SearchEngine, connection: Connection) -> None:
    """Asks for a build when there is no index, or it was not built from this database."""
    live = await connection.fetchval(
        "SELECT physical_name FROM search_target WHERE index = $1 AND state = 'live'", INDEX
    )
    build = await engine.find_build()
    if build is None or build != live:
        await connection.execute("SELECT search_rebuild_needed('no index of this database')")


async def _beat(connection: Connection) -> bool:
    """Whether the nightly comparison is due."""
    reconciled: datetime | None = await connection.fetchval(
        "UPDATE search_target SET heartbeat = clock_timestamp() WHERE index = $1 AND state = 'live'"
        " RETURNING reconciled_at",
        INDEX,
    )
    now = datetime.now().astimezone()
    return reconciled is not None and now.hour == NIGHT and (now - reconciled).total_seconds() > 20 * 3600


def _ended(job: Task[None] | None) -> Task[None] | None:
    """The job, if it goes on; None if it is done. Raises what ended it."""
    if job and job.done():
        job.result()
        return None
    return job


async def _cancel(job: Task[None] | None) -> None:
    if job:
        job.cancel()
        await asyncio.wait([job])


async def _rebuild(feed: Feed) -> None:
    began = monotonic()
    await build_index(feed)
    log.info("search index built", seconds=round(monotonic() - began, 1))


async def _reconcile(feed: Feed) -> None:
    async with session(feed.database) as connection:
        differences = await reconcile_index(feed.engine, connection)
        log.info("search index compared with the database", differences=differences)
