"""The full build of a shared engine: a new index beside the one in use, written by every consumer from its first
moment on, filled from PostgreSQL meanwhile and put in place of the old one in one step.

Registering it and passing the barrier makes every later batch write to it, too. Only then its version is drawn and the
stream begins: what a live batch writes has a higher version and wins, whichever comes first. What is streamed is
remembered, so that another process goes on where this one was killed.
"""

import asyncio
from asyncio import Task, create_task
from collections import deque
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.indexer import capture, dead_letters, extract, targets
from kinoteka.indexer.capture import Connection
from kinoteka.indexer.connection import BARRIER, session
from kinoteka.indexer.extract import Chunk, Failure, Made
from kinoteka.indexer.feed import MOST_AGE, Feed, whole, write_each
from kinoteka.indexer.progress import Progress, count_records, ignore_progress
from kinoteka.indexer.targets import Target
from kinoteka.indexer.verifying import IncompleteBuildError, verify
from kinoteka.search.engine import Build

CHUNKS: dict[Kind, int] = {"film": 180, "person": 600, "genre": 1000}
"""Records in one request: of usual length 1 to 1.4 MB."""
IN_FLIGHT = 2
"""Requests on their way at once."""

EACH_CHANGED, LONGEST_REST = 0.0015, 12.0
"""Seconds left to the feed for each document that it wrote, and at most so many times what a chunk took to make."""

# Batches that hold the barrier; an advisory lock by one bigint shows in pg_locks as its two halves.
_AT_WORK = f"""
SELECT virtualtransaction FROM pg_locks JOIN pg_database AS d ON d.oid = database AND d.datname = current_database()
WHERE locktype = 'advisory' AND granted AND objsubid = 1
AND classid = {BARRIER >> 32} AND objid = {BARRIER & 0xFFFFFFFF}
"""

log = structlog.get_logger("kinoteka.indexer")


class _Work(Struct):
    feed: Feed
    connection: Connection
    reader: Connection
    build: Build
    target: Target
    progress: Progress
    done: int
    changed: int
    """Documents that the feed of this process had written when the last chunk was made."""


class _Sending(Struct):
    """A chunk on its way; its rows are no longer in memory."""

    kind: Kind
    last: UUID
    records: int
    task: Task[list[Failure]]


async def build_shared(feed: Feed, connection: Connection, progress: Progress = ignore_progress) -> str:
    """The name of the build that is in use now. `connection` holds the builder's lock.

    Goes on with a build that was cut off, if there is one. When it fails, what is done stays for the next attempt.
    Raises EngineUnavailableError and IncompleteBuildError.
    """
    build, target = await _resume(feed, connection) or await _start(feed, connection)
    async with session(feed.database) as reader:
        work = _Work(feed, connection, reader, build, target, progress, target.done, feed.phases.counts["documents"])
        await _fill(work)
    await _verify(work)
    await whole(build.publish())
    await targets.use(connection, build.name, await feed.engine.highest_version())
    await _announce(feed, connection)
    progress(target.total, target.total)
    return build.name


async def _announce(feed: Feed, connection: Connection) -> None:
    """Unless a request came too late for this build, whole kinds are no longer held."""
    if (await capture.get_waiting(connection)).rebuild is None:
        await feed.announce_rebuilt()
    else:
        await feed.tokens.renew_all()


async def _resume(feed: Feed, connection: Connection) -> tuple[Build, Target] | None:
    """Whatever cannot be gone on with is removed."""
    while target := await targets.find_state(connection, "building"):
        ours = target.layout == feed.engine.layout
        build = await feed.engine.resume_build(target.name) if ours else None
        if build:
            log.info("search index build goes on", done=target.done, total=target.total)
            return build, await _admitted(connection, target)
        await targets.expire(connection, target.name)
    return None


async def _start(feed: Feed, connection: Connection) -> tuple[Build, Target]:
    requests = [row["id"] for row in await connection.fetch("SELECT id FROM search_rebuild_request")]
    total = await count_records(connection)
    build = await whole(feed.engine.start_build())
    await targets.register(connection, build.name, feed.engine.layout, total, requests)
    target = await targets.find(connection, build.name)
    assert target is not None  # noqa: S101 - registered just now
    return build, await _admitted(connection, target)


async def _admitted(connection: Connection, target: Target) -> Target:
    """With its version, which is drawn once every batch that does not know the build has ended."""
    if target.version:
        return target
    await _pass_barrier(connection)
    await targets.set_version(connection, target.name, await capture.draw_version(connection))
    return await targets.find(connection, target.name) or target


async def _pass_barrier(connection: Connection) -> None:
    """Returns when the batches that are at work now are over; new ones begin meanwhile."""
    before = {row["virtualtransaction"] for row in await connection.fetch(_AT_WORK)}
    while before:
        await asyncio.sleep(0.02)
        before &= {row["virtualtransaction"] for row in await connection.fetch(_AT_WORK)}


async def _fill(work: _Work) -> None:
    """What is whole of a kind is compacted while the next kind comes."""
    left = _kinds_left(work.target)
    compacting: list[Task[None]] = []
    try:
        for kind in left:
            await _stream(work, kind)
            compacting.append(create_task(work.build.compact(kind)))
        compacting.extend(create_task(work.build.compact(kind)) for kind in KINDS if kind not in left)
        await asyncio.gather(*compacting)
    finally:
        await _cancel(compacting)


async def _stream(work: _Work, kind: Kind) -> None:
    sending: deque[_Sending] = deque()
    after = work.target.done_id if kind == work.target.done_kind else None
    try:
        async for chunk in extract.stream(work.reader, kind, after, CHUNKS[kind]):
            if len(sending) == IN_FLIGHT:
                await _settle(work, sending.popleft())
            sending.append(await _begin_sending(work, chunk))
        while sending:
            await _settle(work, sending.popleft())
    finally:
        await _cancel([one.task for one in sending])


async def _cancel(tasks: Sequence[Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _begin_sending(work: _Work, chunk: Chunk) -> _Sending:
    began = monotonic()
    made = await extract.make_chunk(await _as_of_late(work, chunk))
    await _rest(work, monotonic() - began)
    return _Sending(chunk.kind, chunk.last, len(chunk.rows), create_task(_send(work, made)))


async def _rest(work: _Work, worked: float) -> None:
    """Changes come in, and do not wait for a rebuild: the more of them, the longer it stands aside."""
    changed, work.changed = work.changed, work.feed.phases.counts["documents"]
    await asyncio.sleep(min(EACH_CHANGED * (work.changed - changed), LONGEST_REST * worked))


def _kinds_left(target: Target) -> tuple[Kind, ...]:
    return KINDS[KINDS.index(target.done_kind) :] if target.done_kind else KINDS


async def _as_of_late(work: _Work, chunk: Chunk) -> Chunk:
    """What waited for long is read again: a delete that came meanwhile may be forgotten by the engine."""
    if monotonic() < chunk.read + MOST_AGE:
        return chunk
    return await extract.read_again(work.connection, chunk)


async def _send(work: _Work, made: Made) -> list[Failure]:
    return made.failures + await write_each(partial(work.build.write, version=work.target.version), made.documents)


async def _settle(work: _Work, sent: _Sending) -> None:
    """In the order of the stream, so that everything up to the chunk is done."""
    await dead_letters.keep(work.connection, work.target.version, await sent.task)
    work.done += sent.records
    await targets.set_progress(work.connection, work.target.name, work.done, sent.kind, sent.last)
    work.progress(min(work.done, work.target.total), work.target.total)


async def _verify(work: _Work) -> None:
    try:
        await verify(work.build, work.connection)
    except IncompleteBuildError:
        await targets.expire(work.connection, work.build.name)
        raise
