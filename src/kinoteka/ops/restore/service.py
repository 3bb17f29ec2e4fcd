"""The steps of a restore, in the order in which a kill between any two leaves something that ends right.

Photos first: nothing refers to them yet, and those that are there stay. The index before the database: beside an empty
database it means nothing. Then the database, in one transaction which asks for the index to be rebuilt, in case nobody
comes back to compare it. Then the schema's newest revision, the comparison, and the end of that request.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from msgspec import Struct
from sqlalchemy import text

from kinoteka import migrations
from kinoteka.cache.port import Tokens
from kinoteka.database import Database
from kinoteka.indexer import service as indexing
from kinoteka.indexer import targets
from kinoteka.indexer.connection import session
from kinoteka.objects import Objects
from kinoteka.ops.backup import photos, shelf
from kinoteka.ops.backup.create import Progress, quiet
from kinoteka.ops.backup.manifest import BadBackupError, Manifest, UnfinishedBackupError
from kinoteka.ops.restore.database import REASON, restore_database
from kinoteka.ops.restore.emptiness import check_empty
from kinoteka.search.copies import IndexCopies, NoCopyError
from kinoteka.search.engine import SearchEngine

LOCK = 0x726573746F7265  # "restore": the advisory lock that lets one process restore

log = structlog.get_logger("kinoteka.restore")


class Stores(Struct, frozen=True):
    """Where to, and where from."""

    database: Database
    engine: SearchEngine
    copies: IndexCopies
    tokens: Tokens
    objects: Objects


class Restored(Struct, frozen=True):
    """`index`: how it came to be, for people."""

    manifest: Manifest
    photos: int
    index: str


@asynccontextmanager
async def sole_restorer(database: Database) -> AsyncIterator[None]:
    """Waits until no other process restores into this database."""
    connection = await database.connect(application_name="kinoteka-restore")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield
    finally:
        connection.terminate()


async def restore(stores: Stores, name: str | None, progress: Progress = quiet) -> Restored | None:
    """The named backup, or the newest good one; None when there is none.

    Raises HoldsDataError when there is data, BadBackupError when the named backup, or every one, is damaged.
    For the sole restorer.
    """
    await check_empty(stores.database)
    manifest = await choose(stores.objects, name, progress)
    if manifest is None:
        return None
    count = await photos.put_back(stores.objects, manifest, lambda done: progress("Photos", done, manifest.photo_count))
    reason = await _bring_back_index(stores, manifest, progress)
    version = await _highest_version(stores.engine)
    await restore_database(stores.database, stores.objects, manifest, progress, version)
    await migrations.upgrade(stores.database)
    return Restored(manifest, count, await _settle_index(stores, reason, progress))


async def prepare_empty(stores: Stores) -> None:
    await migrations.upgrade(stores.database)


async def rebuild_if_missing(stores: Stores, progress: Progress = quiet) -> bool:
    """Builds the index of a database that holds data when there is none."""
    await migrations.upgrade(stores.database)
    if not await stores.copies.is_empty():
        return False
    await _rebuild(stores, progress)
    return True


async def choose(objects: Objects, name: str | None, progress: Progress = quiet) -> Manifest | None:
    """A backup that was read to the last byte. Raises NotFoundError or BadBackupError."""
    if name:
        manifest = await shelf.get_good(objects, name)
        await _check(objects, manifest, progress)
        return manifest
    fault: BadBackupError | None = None
    async for shelved in shelf.walk(objects):
        try:
            if shelved.fault:
                raise shelved.fault
            assert shelved.manifest  # noqa: S101 - a good one has it
            await _check(objects, shelved.manifest, progress)
            return shelved.manifest
        except UnfinishedBackupError as error:
            log.warning("backup passed over", reason=error.detail)
        except BadBackupError as error:
            log.warning("backup passed over", reason=error.detail)
            fault = fault or error
    if fault:
        raise fault
    return None


async def _check(objects: Objects, manifest: Manifest, progress: Progress) -> None:
    progress("Checking", 0, None)
    await shelf.check_contents(objects, manifest)
    await photos.check(objects, manifest)


async def _bring_back_index(stores: Stores, manifest: Manifest, progress: Progress) -> str | None:
    """Why the index has to be built anew, or None."""
    if not await stores.copies.is_empty():
        return None
    if manifest.index is None:
        return manifest.index_reason or "The backup holds no copy of the index."
    progress("Index", 0, None)
    try:
        await stores.copies.check(manifest.index)
        await stores.copies.bring_back(manifest.index, stores.objects)
    except NoCopyError as error:
        return error.detail
    if not stores.engine.is_shared:
        await stores.engine.close()
        await stores.engine.open()
    return None


async def _highest_version(engine: SearchEngine) -> int:
    return await engine.highest_version() if await engine.find_build() else 0


async def _settle_index(stores: Stores, reason: str | None, progress: Progress) -> str:
    async with session(stores.database) as connection:
        await targets.expire(connection)  # builds that were in the making, or kept, where the backup was made
        live = await targets.find_state(connection, "live")
    if reason is None and live is not None and await stores.engine.find_build() == live.name:
        count = await indexing.reconcile(stores.database, stores.engine, stores.tokens)
        await _withdraw_request(stores.database)
        return f"compared with the database: {count} documents differed"
    await _rebuild(stores, progress)
    return f"built anew: {(reason or 'The index that was there is of another database').rstrip('.')}"


async def _rebuild(stores: Stores, progress: Progress) -> None:
    def show(done: int, total: int) -> None:
        progress("Index", done, total)

    await indexing.rebuild(stores.database, stores.engine, stores.tokens, show)


async def _withdraw_request(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("DELETE FROM search_rebuild_request WHERE reason = :reason"), {"reason": REASON})
