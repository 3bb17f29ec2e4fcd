"""The full build of an engine with one writer: a new index beside the one in use, filled from PostgreSQL and put in
its place in one step.

Live changes go on into the old index meanwhile; every document they touch is read again before the new one is
published.
"""

from functools import partial

from msgspec import Struct

from kinoteka.catalogue.documents import KINDS
from kinoteka.indexer import capture, dead_letters, extract, targets
from kinoteka.indexer.capture import Connection
from kinoteka.indexer.connection import session
from kinoteka.indexer.extract import Made
from kinoteka.indexer.feed import Feed, whole, write_each
from kinoteka.indexer.progress import Progress, count_records, ignore_progress
from kinoteka.indexer.targets import INDEX
from kinoteka.search.engine import Build

FEW = 200
"""Touched documents that may be left for the last step, during which live changes wait."""


class _Work(Struct):
    feed: Feed
    connection: Connection
    reader: Connection
    build: Build
    progress: Progress
    version: int = 0
    total: int = 0
    done: int = 0
    published: bool = False


async def build_index(feed: Feed, progress: Progress = ignore_progress) -> None:
    """Fulfils every rebuild request there is now. Only the holder of the consumer's lock may call it.

    Raises EngineUnavailableError.
    """
    async with session(feed.database) as connection, session(feed.database) as reader:
        requests = [row["id"] for row in await connection.fetch("SELECT id FROM search_rebuild_request")]
        feed.touched = set()
        work = _Work(feed, connection, reader, await whole(feed.engine.start_build()), progress)
        try:
            await _begin(work)
            await _stream(work)
            await _finish(work, requests)
        except BaseException:
            if not work.published:
                await whole(work.build.abandon())
            raise
        finally:
            feed.touched = None


async def _begin(work: _Work) -> None:
    """Registers the build; what earlier, interrupted ones registered goes."""
    work.total = await count_records(work.connection)
    async with work.connection.transaction():
        await work.connection.execute("DELETE FROM search_target WHERE index = $1 AND state <> 'live'", INDEX)
        await targets.register(work.connection, work.build.name, work.feed.engine.layout, work.total, [])
    work.version = await capture.draw_version(work.connection)


async def _stream(work: _Work) -> None:
    for kind in KINDS:
        async for chunk in extract.stream(work.reader, kind):
            await _write(work, await extract.make_chunk(chunk), new=True)
            work.done += len(chunk.rows)
            await _report(work)


async def _write(work: _Work, made: Made, new: bool = False) -> None:
    write = partial(work.build.write, new=new)
    failures = made.failures + await write_each(write, made.documents, made.missing)
    await dead_letters.keep(work.connection, work.version, failures)


async def _report(work: _Work) -> None:
    await work.connection.execute(
        "UPDATE search_target SET done = $3, heartbeat = clock_timestamp() WHERE index = $1 AND physical_name = $2",
        INDEX,
        work.build.name,
        work.done,
    )
    work.progress(work.done, work.total)


async def _catch_up(work: _Work) -> None:
    touched, work.feed.touched = work.feed.touched or set(), set()
    await _write(work, await extract.make_by_id(work.connection, touched))


async def _finish(work: _Work, requests: list[int]) -> None:
    while len(work.feed.touched or ()) > FEW:
        await _catch_up(work)
    async with work.feed.gate:
        await _catch_up(work)
        work.published = True  # also if it fails half-way: the next build removes what is not in use
        await whole(work.build.publish())
        left = await _register_live(work, requests)
        await work.feed.announce_rebuilt()
        if left is not None:
            await work.feed.expect_rebuild(left)
    work.progress(work.total, work.total)


async def _register_live(work: _Work, requests: list[int]) -> int | None:
    """The newest request that came too late for this build, if any."""
    async with work.connection.transaction():
        await work.connection.execute(
            "DELETE FROM search_target WHERE index = $1 AND physical_name <> $2", INDEX, work.build.name
        )
        await work.connection.execute(
            "UPDATE search_target SET state = 'live', done = total, heartbeat = clock_timestamp(),"
            " reconciled_at = clock_timestamp() WHERE index = $1",
            INDEX,
        )
        await work.connection.execute("DELETE FROM search_rebuild_request WHERE id = ANY($1)", requests)
    left: int | None = await work.connection.fetchval("SELECT max(id) FROM search_rebuild_request")
    return left
