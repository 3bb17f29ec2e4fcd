"""Rows that are edited: taken under lock, counted up, put out of sight and back.

Whoever locks several takes genres before persons before films, each in the order of ids, and titles last: so nobody
waits for somebody who waits for them.
"""

from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Kind, Record, build_records
from kinoteka.catalogue.repository import find_successor
from kinoteka.errors import ConflictError, NotFoundError

DAYS = 30
"""For so long what was deleted can be restored."""
Lock = Literal["NO KEY UPDATE", "UPDATE"]
"""UPDATE for what ends what others refer to: it waits for those who are about to refer to it."""
Locked: TypeAlias = Row[tuple[Any, ...]]

_KEPT = f"deleted_at > now() - interval '{DAYS} days'"


async def lock_row(connection: AsyncConnection, kind: Kind, id_: UUID, lock: Lock = "NO KEY UPDATE") -> Locked:
    """All of it. Raises NotFoundError, also for what is deleted."""
    query = text(f"SELECT * FROM {kind} WHERE id = :id AND deleted_at IS NULL FOR {lock}")
    row = (await connection.execute(query, {"id": id_})).one_or_none()
    if row is None:
        raise await _missing(connection, kind, id_)
    return row


async def lock_deleted(connection: AsyncConnection, kind: Kind, id_: UUID) -> Locked:
    """All of it. Raises NotFoundError when it is gone for good, ConflictError when it is there."""
    query = text(f"SELECT *, {_KEPT} AS kept FROM {kind} WHERE id = :id FOR UPDATE")
    row = (await connection.execute(query, {"id": id_})).one_or_none()
    if row is not None and row.deleted_at is None:
        raise ConflictError(f"This {kind} is not deleted.")
    into = await find_successor(connection, id_) if kind == "person" else None
    if into is not None:
        raise ConflictError(f"This person was merged into {into}, which is not undone; make a new one if they differ.")
    if row is None or not row.kept:
        raise NotFoundError(f"There is no {kind} with the id {id_}, nor one deleted within {DAYS} days.")
    return row


async def _missing(connection: AsyncConnection, kind: Kind, id_: UUID) -> NotFoundError:
    into = await find_successor(connection, id_) if kind == "person" else None
    merged = f"; that one was merged into {into}" if into is not None else ""
    return NotFoundError(f"There is no {kind} with the id {id_}{merged}.")


async def set_deleted(connection: AsyncConnection, kind: Kind, id_: UUID, deleted: bool) -> int:
    """The new row version."""
    statement = text(
        f"UPDATE {kind} SET deleted_at = CASE WHEN :deleted THEN now() END, version = version + 1, updated_at = now() "
        "WHERE id = :id RETURNING version"
    )
    version: int = (await connection.execute(statement, {"id": id_, "deleted": deleted})).scalar_one()
    return version


async def get_record(connection: AsyncConnection, kind: Kind, id_: UUID) -> Record:
    """What was just written, or is locked."""
    (record,) = await build_records(connection, kind, [id_])
    return record
