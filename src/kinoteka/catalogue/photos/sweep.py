"""Removes photos that no person has: of uploads that were cut off, of persons who were purged or merged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from kinoteka.catalogue.photos import repository
from kinoteka.catalogue.photos.names import ROOT
from kinoteka.database import Database
from kinoteka.errors import KinotekaError
from kinoteka.objects import ObjectInfo, Objects

FIRST, PERIOD = 120.0, 6 * 3600.0
"""Seconds from the start to the first sweep, and from one to the next."""
AGE = timedelta(days=1)
"""What is younger may belong to an upload that is under way."""
_AT_ONCE = 500
_LOCK = 0x70686F746F  # "photo"

log = structlog.get_logger()


@asynccontextmanager
async def swept(database: Database, objects: Objects | None) -> AsyncIterator[None]:
    """Sweeps now and then while the block runs, if there is a place for photos."""
    if objects is None:
        yield
        return
    task = asyncio.create_task(_run(database, objects))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _run(database: Database, objects: Objects) -> None:
    await asyncio.sleep(FIRST)
    while True:
        try:
            if removed := await sweep(database, objects):
                log.info("photos that nobody has removed", objects=removed)
        except Exception as error:  # the next time may be better, and nobody else would try
            reason = error.detail if isinstance(error, KinotekaError) else f"{type(error).__name__}: {error}"
            log.warning("photos not swept", reason=reason)
        await asyncio.sleep(PERIOD)


async def sweep(database: Database, objects: Objects, age: timedelta = AGE) -> int:
    """How many objects were removed; none while another process is at it. Memory does not grow with their number."""
    connection = await database.connect(application_name="kinoteka-photos", command_timeout=60)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            return 0
        removed = 0
        async for batch in _batches(objects, datetime.now(UTC) - age):
            used = await repository.list_used(connection, [*{_name(info) for info in batch}])
            orphans = [info.key for info in batch if _name(info) not in used]
            await objects.delete(orphans)
            removed += len(orphans)
        return removed
    finally:
        await connection.close(timeout=5)


async def _batches(objects: Objects, before: datetime) -> AsyncIterator[list[ObjectInfo]]:
    batch: list[ObjectInfo] = []
    async for info in objects.walk(ROOT):
        if info.changed_at < before:
            batch.append(info)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _name(info: ObjectInfo) -> str:
    """Another key than ours has none that anybody has."""
    return info.key.split("/")[1]
