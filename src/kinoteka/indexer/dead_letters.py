"""Documents that could not be made or written: kept with the reason and tried again ever more rarely."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.indexer import capture
from kinoteka.indexer.capture import Connection, Ref
from kinoteka.indexer.extract import Failure

_KEEP = """
INSERT INTO search_dead_letter AS d (index, doc_id, version, status, reason, next_try)
VALUES ($1, $2, $3, $4, $5, clock_timestamp() + interval '1 minute')
ON CONFLICT (index, doc_id) DO UPDATE
SET version = excluded.version, status = excluded.status, reason = excluded.reason, attempts = d.attempts + 1,
    next_try = clock_timestamp() + least(interval '1 minute' * 2 ^ least(d.attempts, 11), interval '1 day')
"""
_FORGET = "DELETE FROM search_dead_letter WHERE (index, doc_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))"
_TAKE = """
UPDATE search_dead_letter SET next_try = clock_timestamp() + interval '1 day' WHERE {} RETURNING index AS kind, doc_id
"""
_TAKE_DUE = _TAKE.format("next_try <= clock_timestamp()")
_TAKE_CHOSEN = _TAKE.format("$1::uuid[] IS NULL OR doc_id = ANY($1)")
_LIST = """
SELECT index AS kind, doc_id AS id, version, status, reason, attempts, at, next_try FROM search_dead_letter
ORDER BY at, doc_id LIMIT $1
"""
_DROP = """
WITH gone AS (DELETE FROM search_dead_letter WHERE $1::uuid[] IS NULL OR doc_id = ANY($1) RETURNING 1)
SELECT count(*) FROM gone
"""


class DeadLetter(Struct, frozen=True):
    """`at`: when it was first refused; `status`: see Failure."""

    kind: Kind
    id: UUID
    version: int
    status: str
    reason: str
    attempts: int
    at: datetime
    next_try: datetime


async def list_letters(connection: Connection, most: int) -> list[DeadLetter]:
    """The oldest ones."""
    return [DeadLetter(**dict(row)) for row in await connection.fetch(_LIST, most)]


async def retry(connection: Connection, ids: Sequence[UUID] | None) -> int:
    """Has these, or all, written again now; how many there were."""
    return await _put(connection, _TAKE_CHOSEN, ids)


async def drop(connection: Connection, ids: Sequence[UUID] | None) -> int:
    """Forgets these, or all: the index stays as it is there until they change again."""
    return int(await connection.fetchval(_DROP, ids))


async def keep(connection: Connection, version: int, failures: Sequence[Failure]) -> None:
    for failure in failures:
        await connection.execute(_KEEP, failure.kind, failure.id, version, failure.status, failure.reason[:1000])


async def forget(connection: Connection, refs: Collection[Ref]) -> None:
    """These were written, or are gone from the catalogue."""
    await connection.execute(_FORGET, [kind for kind, _ in refs], [doc_id for _, doc_id in refs])


async def try_again(connection: Connection) -> None:
    """Puts the due ones into the outbox."""
    await _put(connection, _TAKE_DUE)


async def _put(connection: Connection, taking: str, *arguments: object) -> int:
    async with connection.transaction():
        taken = await connection.fetch(taking, *arguments)
        await capture.put(connection, [(row["kind"], row["doc_id"]) for row in taken])
    return len(taken)
