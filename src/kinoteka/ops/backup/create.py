"""Making a backup: one at a time, the manifest last."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import asyncpg
import structlog

from kinoteka import __version__, migrations
from kinoteka.database import Database
from kinoteka.errors import ConflictError, KinotekaError, UnavailableError, UsageError
from kinoteka.objects import Objects
from kinoteka.ops.backup import manifest as manifests
from kinoteka.ops.backup import photos, shelf
from kinoteka.ops.backup.dump import frozen, stream_dump
from kinoteka.ops.backup.manifest import Manifest, TableFacts
from kinoteka.ops.backup.tables import get_facts, list_tables
from kinoteka.search.copies import IndexCopies, IndexCopy, NoCopyError

LOCK = 0x6261636B7570  # "backup": the advisory lock that lets one process make or remove backups
_PATIENCE = 2000  # ms; a keeper that was cut off holds the lock until the server has noticed

log = structlog.get_logger("kinoteka.backup")

Progress = Callable[[str, int, int | None], None]
"""Told (what is being done, how much of it, of how much if that is known)."""


class BackupUnderWayError(ConflictError):
    kind, title = "backup-under-way", "Backup under way"


@dataclass(frozen=True)
class Sources:
    """What is backed up, and where to."""

    database: Database
    copies: IndexCopies
    objects: Objects


def quiet(_what: str, _done: int, _total: int | None) -> None:
    """No progress shown."""


@asynccontextmanager
async def sole_keeper(database: Database) -> AsyncIterator[None]:
    """Raises BackupUnderWayError when another process is making or removing backups."""
    connection = await database.connect(application_name="kinoteka-backup")
    try:
        await connection.execute(f"SET lock_timeout = {_PATIENCE}")
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        except asyncpg.LockNotAvailableError:
            raise BackupUnderWayError(
                "Another process is making or removing backups of this database: try again later."
            ) from None
        yield
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
    finally:
        connection.terminate()


async def create_backup(sources: Sources, progress: Progress = quiet) -> Manifest:
    """Raises BackupUnderWayError, and whatever keeps the database from being dumped or written down."""
    async with sole_keeper(sources.database):
        return await make_backup(sources, progress)


async def make_backup(sources: Sources, progress: Progress = quiet) -> Manifest:
    """For whoever is the sole keeper. What is left of one that fails is recognisably no backup."""
    created_at = datetime.now(UTC)
    name = manifests.new_name(created_at)
    try:
        manifest = await _make(sources, name, created_at, progress)
    except BaseException:
        await _clear(sources.objects, name)
        raise
    await sources.objects.put(f"{shelf.folder_of(name)}/{shelf.MANIFEST}", manifests.encode(manifest))
    return manifest


async def _make(sources: Sources, name: str, created_at: datetime, progress: Progress) -> Manifest:
    folder = shelf.folder_of(name)
    revision = await _get_revision(sources.database)
    async with frozen(sources.database) as (connection, snapshot):
        schema = cast(str, await connection.fetchval("SELECT current_schema()"))
        server_version = cast(str, await connection.fetchval("SHOW server_version"))
        dump = _counted(stream_dump(sources.database, schema, snapshot), progress)
        database = await sources.objects.put_stream(f"{folder}/database.dump", dump)
        tables = await _list_facts(connection, progress)
    progress("Index", 0, None)
    index, reason = await _copy_index(sources, f"{folder}/index")
    kept = await photos.keep(sources.objects, f"{folder}/photos.jsonl", lambda done: progress("Photos", done, None))
    return Manifest(
        format=manifests.FORMAT,
        name=name,
        app_version=__version__,
        revision=revision,
        created_at=created_at,
        server_version=server_version,
        schema=schema,
        database=database,
        tables=tables,
        index=index,
        index_reason=reason,
        photos=kept.part,
        photo_count=kept.count,
        photo_bytes=kept.size,
    )


async def _get_revision(database: Database) -> str:
    revision, _ = await migrations.revisions(database)
    if revision is None:
        raise UsageError("There is nothing to back up: the database has no tables of Kinoteka's.")
    return revision


async def _list_facts(connection: "asyncpg.Connection[asyncpg.Record]", progress: Progress) -> dict[str, TableFacts]:
    tables = await list_tables(connection)
    facts = {}
    for number, table in enumerate(tables):
        progress("Tables", number, len(tables))
        facts[table] = await get_facts(connection, table)
    return facts


async def _copy_index(sources: Sources, folder: str) -> tuple[IndexCopy | None, str | None]:
    """The copy, or why there is none: a backup without one is a good backup."""
    try:
        return await sources.copies.take(sources.objects, folder), None
    except (NoCopyError, UnavailableError) as error:
        log.warning("backup without a copy of the index", reason=error.detail)
        await sources.objects.delete([info.key async for info in sources.objects.walk(folder)])
        return None, error.detail


async def _counted(chunks: AsyncIterator[bytes], progress: Progress) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        progress("Database", size := size + len(chunk), None)
        yield chunk


async def _clear(objects: Objects, name: str) -> None:
    try:
        await shelf.remove(objects, name)
    except KinotekaError as error:
        log.warning("an unfinished backup stays", name=name, reason=error.detail)
