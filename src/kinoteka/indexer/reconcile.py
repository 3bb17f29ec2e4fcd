"""Compares the index with the database, document by document, and has the differences written again."""

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.indexer import capture, extract
from kinoteka.indexer.capture import Connection, Ref
from kinoteka.indexer.targets import INDEX
from kinoteka.search.documents import digest
from kinoteka.search.engine import Fingerprint, SearchEngine

NIGHT = 3
"""The hour, local time, in which index and database are compared."""

_BATCH = 1000
_END = UUID(int=2**128 - 1)
_DONE = """
UPDATE search_target SET reconciled_at = clock_timestamp(), reconcile = NULL
WHERE index = $1 AND state = 'live' AND reconcile IS NOT DISTINCT FROM $2
"""


async def request_reconcile(connection: Connection, reason: str) -> None:
    """Whichever process keeps the index does it; nothing happens while there is no index."""
    await connection.execute(
        "UPDATE search_target SET reconcile = $2 WHERE index = $1 AND state = 'live'", INDEX, reason
    )


async def is_due(connection: Connection) -> bool:
    """It was asked for, or it is night and the last time was not this night."""
    row = await connection.fetchrow(
        "SELECT reconciled_at, reconcile FROM search_target WHERE index = $1 AND state = 'live'", INDEX
    )
    if row is None or row["reconciled_at"] is None:
        return False
    now = datetime.now().astimezone()
    return row["reconcile"] is not None or (
        now.hour == NIGHT and (now - row["reconciled_at"]).total_seconds() > 20 * 3600
    )


async def reconcile_index(engine: SearchEngine, connection: Connection) -> int:
    """How many documents were missing, stale or no longer in the catalogue; all of them are in the outbox now.

    Changes made meanwhile may be counted too: their documents are written once more, which does no harm.
    Raises EngineUnavailableError.
    """
    count = 0
    reason = await connection.fetchval("SELECT reconcile FROM search_target WHERE index = $1 AND state = 'live'", INDEX)
    for kind in KINDS:
        wrong: list[Ref] = []
        async for ref in list_differences(engine, connection, kind):
            wrong.append(ref)
            if len(wrong) == _BATCH:
                count += await _queue(connection, wrong)
        count += await _queue(connection, wrong)
    await connection.execute(_DONE, INDEX, reason)
    return count


async def list_differences(engine: SearchEngine, connection: Connection, kind: Kind) -> AsyncIterator[Ref]:
    """Ids whose document is not the same on both sides, ascending; both sides are read once, in that order."""
    stored, true = engine.fingerprints(kind), _true_fingerprints(connection, kind)
    ours, theirs = await anext(stored, None), await anext(true, None)
    while ours or theirs:
        next_id = min(ours.id if ours else _END, theirs.id if theirs else _END)
        here = ours.digest if ours and ours.id == next_id else None
        there = theirs.digest if theirs and theirs.id == next_id else None
        if here != there:
            yield kind, next_id
        if here is not None:
            ours = await anext(stored, None)
        if there is not None:
            theirs = await anext(true, None)


async def _true_fingerprints(connection: Connection, kind: Kind) -> AsyncIterator[Fingerprint]:
    async for record in extract.stream_records(connection, kind):
        yield Fingerprint(record.id, digest(record))


async def _queue(connection: Connection, refs: list[Ref]) -> int:
    """In the slow lane: many of them must not hold up direct changes. Empties the list."""
    count = len(refs)
    await capture.put(connection, refs, lane=1)
    refs.clear()
    return count
