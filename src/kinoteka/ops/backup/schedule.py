"""Backups by the clock, in the processes that keep the index. One of several makes them; the store says when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from kinoteka.bootstrap import Services, open_copies
from kinoteka.errors import KinotekaError
from kinoteka.objects import Objects
from kinoteka.ops.backup import shelf
from kinoteka.ops.backup.create import BackupUnderWayError, Sources, make_backup, sole_keeper
from kinoteka.ops.backup.prune import prune_alone

LOOK, AFTER_FAILURE = 60.0, 300.0
"""Seconds between two looks at the store, and from a failure to the next attempt."""

log = structlog.get_logger("kinoteka.backup")


@asynccontextmanager
async def scheduled_backups(services: Services) -> AsyncIterator[None]:
    """While the block runs, if the settings ask for it; a backup that is half made at its end is given up."""
    settings = services.settings
    if not settings.backup_every:
        yield
        return
    async with open_copies(settings) as copies:
        sources = Sources(services.database, copies, services.objects)
        task = asyncio.create_task(_run(sources, timedelta(hours=settings.backup_every), settings.backup_keep))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _run(sources: Sources, every: timedelta, keep: int) -> None:
    while True:
        try:
            await make_if_due(sources, every, keep)
            await asyncio.sleep(LOOK)
        except Exception as error:
            reason = error.detail if isinstance(error, KinotekaError) else f"{type(error).__name__}: {error}"
            log.error("backup failed", reason=reason, exc_info=not isinstance(error, KinotekaError))
            await asyncio.sleep(AFTER_FAILURE)


async def make_if_due(sources: Sources, every: timedelta, keep: int) -> None:
    """Nothing when another process is at it."""
    if not await _is_due(sources.objects, every):
        return
    try:
        async with sole_keeper(sources.database):
            if await _is_due(sources.objects, every):
                manifest = await make_backup(sources)
                log.info("backup made", name=manifest.name, bytes=manifest.size)
                pruned = await prune_alone(sources, keep, None)
                log.info("old backups removed", names=pruned.removed)
    except BackupUnderWayError:
        return


async def _is_due(objects: Objects, every: timedelta) -> bool:
    newest = await shelf.find_newest(objects)
    return newest is None or datetime.now(UTC) - newest.created_at >= every
