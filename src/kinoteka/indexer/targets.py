"""The builds that this database knows: the one in use, the one in the making, and what was in use before."""

from datetime import timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from kinoteka.catalogue.documents import Kind
from kinoteka.indexer.capture import Connection

INDEX = "catalogue"
KEPT = timedelta(minutes=15)
"""For so long a replaced build goes on being written, so that one step leads back to it. One that is known to lack
something is not: it would cost every writer as much again and lead back to nothing."""

LINGERING = timedelta(minutes=1)
"""How much longer it is there: a batch that knows it may still be at work."""


class Target(Struct, frozen=True):
    """`version`: what the stream is written with, 0 before it may begin; `requests`: those that it fulfils; all up to
    `done_kind` and `done_id` is in it."""

    name: str
    state: str
    layout: str
    version: int
    done: int
    total: int
    done_kind: Kind | None
    done_id: UUID | None
    requests: list[int]
    acknowledged: int


_FIELDS = """
physical_name AS name, state, mapping_hash AS layout, version, done, total, done_kind, done_id, requests, acknowledged
"""
_WRITTEN = """
SELECT physical_name AS name, mapping_hash AS layout FROM search_target
WHERE index = $1 AND (state <> 'retired' OR retired_at > clock_timestamp() - $2::interval) ORDER BY started_at DESC
"""
_REGISTER = """
INSERT INTO search_target (index, physical_name, state, mapping_hash, total, requests)
VALUES ($1, $2, 'building', $3, $4, $5)
"""
_PROGRESS = """
UPDATE search_target SET done = $3, done_kind = $4, done_id = $5, heartbeat = clock_timestamp()
WHERE index = $1 AND physical_name = $2
"""
_RETIRE = """
UPDATE search_target
SET state = 'retired', reconcile = NULL, retired_at = clock_timestamp() - CASE WHEN EXISTS (
    SELECT FROM search_rebuild_request AS request JOIN search_target AS new ON request.id = ANY(new.requests)
    WHERE new.index = $1 AND new.physical_name = $2 AND request.reason <> 'asked for'
) THEN $3::interval ELSE '0' END
WHERE index = $1 AND physical_name <> $2 AND state = 'live'
"""
_USE = """
UPDATE search_target
SET state = 'live', retired_at = NULL, done = total, heartbeat = clock_timestamp(), acknowledged = $3,
    reconciled_at = coalesce(reconciled_at, clock_timestamp())
WHERE index = $1 AND physical_name = $2 RETURNING requests
"""
_BEAT = """
UPDATE search_target SET heartbeat = clock_timestamp(), acknowledged = greatest(acknowledged, $2)
WHERE index = $1 AND state = 'live'
"""
_EXPIRE = """
UPDATE search_target SET state = 'retired', retired_at = least(retired_at, clock_timestamp() - $3::interval)
WHERE index = $1 AND state <> 'live' AND (physical_name = $2 OR $2 IS NULL)
"""


async def list_written(connection: Connection, layout: str) -> list[str]:
    """Names of the builds that every change is written to; none when they are another version's of this program.

    The newest build says whose they are: while a new version builds its index, an older one must not take changes.
    """
    rows = await connection.fetch(_WRITTEN, INDEX, KEPT)
    if not rows or rows[0]["layout"] != layout:
        return []
    return [row["name"] for row in rows if row["layout"] == layout]


async def find(connection: Connection, name: str) -> Target | None:
    row = await connection.fetchrow(
        f"SELECT {_FIELDS} FROM search_target WHERE index = $1 AND physical_name = $2", INDEX, name
    )
    return _target(row)


async def find_state(connection: Connection, state: str) -> Target | None:
    """The newest one in that state."""
    row = await connection.fetchrow(
        f"SELECT {_FIELDS} FROM search_target WHERE index = $1 AND state = $2 ORDER BY started_at DESC LIMIT 1",
        INDEX,
        state,
    )
    return _target(row)


def _target(row: asyncpg.Record | None) -> Target | None:
    return None if row is None else Target(**dict(row))


async def register(connection: Connection, name: str, layout: str, total: int, requests: list[int]) -> None:
    await connection.execute(_REGISTER, INDEX, name, layout, total, requests)


async def set_version(connection: Connection, name: str, version: int) -> None:
    await connection.execute(
        "UPDATE search_target SET version = $3 WHERE index = $1 AND physical_name = $2", INDEX, name, version
    )


async def set_progress(connection: Connection, name: str, done: int, kind: Kind, doc_id: UUID) -> None:
    await connection.execute(_PROGRESS, INDEX, name, done, kind, doc_id)


async def use(connection: Connection, name: str, acknowledged: int) -> None:
    """The engine has put this build in its place: it is the live one, and what it was asked for is done."""
    async with connection.transaction():
        await connection.execute(_RETIRE, INDEX, name, KEPT)
        requests = await connection.fetchval(_USE, INDEX, name, acknowledged)
        await connection.execute("DELETE FROM search_rebuild_request WHERE id = ANY($1)", requests or [])


async def beat(connection: Connection, acknowledged: int) -> None:
    await connection.execute(_BEAT, INDEX, acknowledged)


async def expire(connection: Connection, name: str | None = None) -> None:
    """This one, or every one but the live one, is not written any more and soon removed."""
    await connection.execute(_EXPIRE, INDEX, name, KEPT)


async def list_expired(connection: Connection) -> list[str]:
    """Those that no batch can be writing any more."""
    rows = await connection.fetch(
        "SELECT physical_name FROM search_target WHERE index = $1 AND state = 'retired'"
        " AND retired_at <= clock_timestamp() - $2::interval",
        INDEX,
        KEPT + LINGERING,
    )
    return [row["physical_name"] for row in rows]


async def forget(connection: Connection, name: str) -> None:
    await connection.execute("DELETE FROM search_target WHERE index = $1 AND physical_name = $2", INDEX, name)
