"""Which photo a person has, in PostgreSQL."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_SET = "UPDATE person SET photo = :photo, version = version + 1, updated_at = now() WHERE id = :id"


async def find_version(connection: AsyncConnection, person_id: UUID) -> int | None:
    query = text("SELECT version FROM person WHERE id = :id AND deleted_at IS NULL")
    found: int | None = await connection.scalar(query, {"id": person_id})
    return found


async def set_photo(connection: AsyncConnection, person_id: UUID, photo: str | None) -> None:
    await connection.execute(text(_SET), {"id": person_id, "photo": photo})


async def list_used(connection: "asyncpg.Connection[asyncpg.Record]", names: Sequence[str]) -> set[str]:
    """Those that some person has, be it one who is deleted and may be restored."""
    rows = await connection.fetch("SELECT photo FROM person WHERE photo = ANY($1)", names)
    return {row["photo"] for row in rows}
