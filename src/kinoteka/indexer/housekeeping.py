"""What goes on beside the consumers of a shared engine, in every process that has some: it sees rebuild requests, says
that it is alive, removes builds that are out of use, and does the long jobs that one process at a time may do.
"""

import asyncio
from asyncio import Event, Task, create_task
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

import structlog
from msgspec import Struct

from kinoteka.indexer import capture, consumers, dead_letters, targets
from kinoteka.indexer.capture import Connection, Waiting
from kinoteka.indexer.connection import LockHeldError, builder, reconciler, session
from kinoteka.indexer.consumers import Reporter
from kinoteka.indexer.feed import Feed
from kinoteka.indexer.pauses import HEARTBEAT, POLL, pause
from kinoteka.indexer.rebuild import build_shared
from kinoteka.indexer.reconcile import is_due, reconcile_index

log = structlog.get_logger("kinoteka.indexer")

_Job = Callable[[Feed], Awaitable[None]]


class _House(Struct):
    feed: Feed
    connection: Connection
    reporter: Reporter
    live: str | None = None
    job: Task[None] | None = None
    heartbeat: float = 0.0


async def keep_house(feed: Feed, reporter: Reporter, stop: Event) -> None:
    """Until `stop` is set; raises whatever goes wrong, in a job too."""
    async with session(feed.database) as connection:
        house = _House(feed, connection, reporter)
        try:
            while not stop.is_set():
                waiting = await look(feed, connection)
                if monotonic() > house.heartbeat + HEARTBEAT:
                    house.heartbeat = monotonic()
                    await _beat(house, waiting)
                await pause(stop, POLL)
            await consumers.leave(connection, reporter)
        finally:
            await cancel(house.job)


async def look(feed: Feed, connection: Connection) -> Waiting:
    """Under the gate, so that a request that a build of this process fulfils in this moment is not taken for a new
    one."""
    async with feed.gate:
        waiting = await capture.get_waiting(connection)
        if waiting.rebuild is not None:
            await feed.expect_rebuild(waiting.rebuild)
        elif feed.rebuild_seen is not None:
            await feed.settle_rebuild()
    return waiting


async def _beat(house: _House, waiting: Waiting) -> None:
    feed, connection = house.feed, house.connection
    await targets.beat(connection, feed.phases.acknowledged)
    await consumers.report(connection, house.reporter, feed.phases)
    await _notice_new_build(house)
    await _remove_expired(feed, connection)
    await tidy(feed, connection, waiting)
    house.job = ended(house.job) or await _next_job(house, waiting)


async def tidy(feed: Feed, connection: Connection, waiting: Waiting) -> None:
    if waiting.dead_letters:
        await dead_letters.try_again(connection)
    if not waiting.events:
        await feed.tokens.settle(waiting.seen)


async def _notice_new_build(house: _House) -> None:
    """Answers kept by this process are of the build that was live; another process may have replaced it."""
    target = await targets.find_state(house.connection, "live")
    live = target.name if target else None
    if live != house.live and house.live is not None:
        await house.feed.announce_rebuilt()
        await look(house.feed, house.connection)
    house.live = live


async def _remove_expired(feed: Feed, connection: Connection) -> None:
    for name in await targets.list_expired(connection):
        await feed.engine.remove_build(name)
        await targets.forget(connection, name)
        log.info("search index out of use removed", build=name)


async def _next_job(house: _House, waiting: Waiting) -> Task[None] | None:
    begun = await targets.find_state(house.connection, "building")
    if waiting.rebuild is not None or begun is not None:
        return create_task(_alone(_rebuild, house.feed))
    if await is_due(house.connection):
        return create_task(_alone(_reconcile, house.feed))
    return None


async def _alone(job: _Job, feed: Feed) -> None:
    """Unless another process is at it."""
    with suppress(LockHeldError):
        await job(feed)


async def _rebuild(feed: Feed) -> None:
    began = monotonic()
    async with builder(feed.database) as connection:
        if await _is_needed(connection):
            name = await build_shared(feed, connection)
            log.info("search index built", build=name, seconds=round(monotonic() - began, 1))


async def _is_needed(connection: Connection) -> bool:
    """Still, now that the lock is ours."""
    waiting = await capture.get_waiting(connection)
    return waiting.rebuild is not None or await targets.find_state(connection, "building") is not None


async def _reconcile(feed: Feed) -> None:
    async with reconciler(feed.database) as connection:
        if await is_due(connection):
            differences = await reconcile_index(feed.engine, connection)
            log.info("search index compared with the database", differences=differences)


def ended(job: Task[None] | None) -> Task[None] | None:
    """The job, if it goes on; None if it is done. Raises what ended it."""
    if job and job.done():
        job.result()
        return None
    return job


async def cancel(job: Task[None] | None) -> None:
    if job:
        job.cancel()
        await asyncio.wait([job])
