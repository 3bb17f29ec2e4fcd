"""What was deleted long enough ago goes for good; who changed what of it stays."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.editing.editor import IMPORT_LOCK
from kinoteka.catalogue.editing.rows import DAYS
from kinoteka.database import Database

BATCH = 200
"""Rows in one transaction."""
_LOCK = 0x70757267  # "purg"

# What others hold is left for the next time. Links go before what they lead to; a film takes its own along.
_EXPIRED = """
SELECT id FROM {kind} WHERE deleted_at <= now() - CAST(:age AS interval)
ORDER BY deleted_at LIMIT :batch FOR UPDATE SKIP LOCKED
"""
_LINKS: dict[Kind, str | None] = {
    "film": None,
    "person": "DELETE FROM credit WHERE person_id = ANY(:ids)",
    "genre": "DELETE FROM film_genre WHERE genre_id = ANY(:ids)",
}
_DELETE = """
WITH gone AS (DELETE FROM {kind} WHERE id = ANY(:ids) RETURNING id, version)
INSERT INTO catalogue_change (kind, record_id, version, action, request_id, changes)
SELECT '{kind}', id, version + 1, 'purge', '', '{{}}' FROM gone ORDER BY id
"""
_UNCLAIM = """
DELETE FROM title_claim WHERE title_key = ANY(ARRAY(
    SELECT title_key FROM title_claim WHERE films = 0 ORDER BY title_key LIMIT :batch FOR UPDATE SKIP LOCKED))
"""


async def purge(database: Database, age: timedelta = timedelta(days=DAYS), batch: int = BATCH) -> Counter[str]:
    """How many of what went: films, persons, genres, titles that no film has. Nothing while another process purges, or
    an import is merged."""
    counts: Counter[str] = Counter()
    for kind in _LINKS:
        while number := await _purge_batch(database, kind, age, batch):
            counts[kind] += number
    while number := await _unclaim_batch(database, batch):
        counts["title"] += number
    return counts


async def _purge_batch(database: Database, kind: Kind, age: timedelta, batch: int) -> int:
    async with database.transaction() as connection:
        if not await _alone(connection):
            return 0
        expired = text(_EXPIRED.format(kind=kind))
        ids = list(await connection.scalars(expired, {"age": age, "batch": batch}))
        if ids:
            if links := _LINKS[kind]:
                await connection.execute(text(links), {"ids": ids})
            await connection.execute(text(_DELETE.format(kind=kind)), {"ids": ids})
        return len(ids)


async def _unclaim_batch(database: Database, batch: int) -> int:
    async with database.transaction() as connection:
        return (await connection.execute(text(_UNCLAIM), {"batch": batch})).rowcount if await _alone(connection) else 0


async def _alone(connection: AsyncConnection) -> bool:
    query = text("SELECT pg_try_advisory_xact_lock(:own) AND pg_try_advisory_xact_lock_shared(:imports)")
    return bool(await connection.scalar(query, {"own": _LOCK, "imports": IMPORT_LOCK}))
