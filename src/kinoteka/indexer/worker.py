"""Keeping the index in step for as long as the process runs: by one consumer, or by several where the engine is shared.

Whatever goes wrong ends the connection that it went wrong on, so that what was claimed is back; the consumer begins
anew after a pause.
"""

import asyncio
import random
from asyncio import Event, Task, create_task
from collections.abc import Awaitable, Callable
from time import monotonic

import structlog

from kinoteka.cache.port import Tokens
from kinoteka.database import Database
from kinoteka.indexer import capture, consumers, starting, targets
from kinoteka.indexer.build import build_index
from kinoteka.indexer.connection import LockHeldError, one_consumer, session, sole_consumer
from kinoteka.indexer.consumers import Reporter
from kinoteka.indexer.feed import Feed, process_batch
from kinoteka.indexer.housekeeping import cancel, ended, keep_house, look, tidy
from kinoteka.indexer.pauses import HEARTBEAT, LONGEST_PAUSE, POLL, SHORTEST_PAUSE, backoff, pause
from kinoteka.indexer.phases import Phases
from kinoteka.indexer.purging import keep_purging
from kinoteka.indexer.reconcile import is_due, reconcile_index
from kinoteka.search.engine import SearchEngine

_UNKNOWN = 0
"""No request has this number: the first look settles whether anything is due, whatever an earlier session left held."""

log = structlog.get_logger("kinoteka.indexer")


async def run(
    database: Database, engine: SearchEngine, tokens: Tokens, stop: Event, phases: Phases, *, number: int = 1
) -> None:
    """Keeps the index in step with the database until `stop` is set; then finishes its batches. Raises nothing.

    With no usable index, or one of another database, it builds one first. `number`: consumers, where the engine is
    shared.
    """
    await tokens.renew_all()  # one that ran before may have died between a change and its announcement
    feed = Feed(database, engine, tokens, rebuild_seen=_UNKNOWN, phases=phases)
    purging = _keep_on(lambda: keep_purging(database, stop), stop)
    if engine.is_shared:
        reporter = consumers.introduce(number)
        works = [_keep_on(lambda: _consume(feed, stop), stop) for _ in range(number)]
        await asyncio.gather(*works, _keep_on(lambda: keep_house(feed, reporter, stop), stop), purging)
    else:
        await asyncio.gather(_keep_on(lambda: _consume_alone(feed, consumers.introduce(1), stop), stop), purging)


async def _keep_on(work: Callable[[], Awaitable[None]], stop: Event) -> None:
    failures = 0
    while not stop.is_set():
        began = monotonic()
        try:
            await work()
        except LockHeldError:
            await pause(stop, random.uniform(SHORTEST_PAUSE, LONGEST_PAUSE))  # noqa: S311 - jitter
        except Exception as error:
            failures = 1 if monotonic() - began > 60 else failures + 1
            log.warning("search feed interrupted", error=f"{type(error).__name__}: {error}", exc_info=failures == 1)
            await pause(stop, backoff(failures))


async def _consume(feed: Feed, stop: Event) -> None:
    """One of many."""
    async with one_consumer(feed.database) as connection:
        await starting.begin(connection, feed.engine)
        while not stop.is_set():
            began = monotonic()
            if await capture.is_waiting(connection):
                await process_batch(feed, connection)
            await pause(stop, began + POLL - monotonic())


async def _consume_alone(feed: Feed, reporter: Reporter, stop: Event) -> None:
    """`job`: the full build or the nightly comparison that goes on beside the batches."""
    async with sole_consumer(feed.database) as connection:
        await starting.begin(connection, feed.engine)
        job: Task[None] | None = None
        heartbeat = 0.0
        try:
            while not stop.is_set():
                began = monotonic()
                waiting = await look(feed, connection)
                if waiting.events:
                    await process_batch(feed, connection)
                job = ended(job) or (create_task(_rebuild(feed)) if waiting.rebuild is not None else None)
                if monotonic() > heartbeat + HEARTBEAT:
                    heartbeat = monotonic()
                    await targets.beat(connection, 0)
                    await consumers.report(connection, reporter, feed.phases)
                    await tidy(feed, connection, waiting)
                    job = job or (create_task(_reconcile(feed)) if await is_due(connection) else None)
                await pause(stop, began + POLL - monotonic())
            await consumers.leave(connection, reporter)
        finally:
            await cancel(job)


async def _rebuild(feed: Feed) -> None:
    began = monotonic()
    await build_index(feed)
    log.info("search index built", seconds=round(monotonic() - began, 1))


async def _reconcile(feed: Feed) -> None:
    async with session(feed.database) as connection:
        differences = await reconcile_index(feed.engine, connection)
        log.info("search index compared with the database", differences=differences)
