"""Genres: made, renamed, deleted, restored. A name is one genre's, whatever its spelling."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing import history
from kinoteka.catalogue.editing.editor import Ref, Written, created, refs, refuse, shown
from kinoteka.catalogue.editing.history import Author
from kinoteka.catalogue.editing.obstacles import check_unused, list_films_of
from kinoteka.catalogue.editing.rows import get_record, lock_deleted, lock_row, set_deleted
from kinoteka.catalogue.text import same_text_key
from kinoteka.errors import Fault
from kinoteka.web.answer import answer_nothing
from kinoteka.web.conditional import check_match

# Behind the lock stands a unique index. Without it, two who exchange their names would wait for each other there.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(number) FROM (SELECT DISTINCT hashtextextended(key, 7) AS number "
    "FROM unnest(CAST(:keys AS text[])) AS key ORDER BY 1) AS numbers"
)
_HOLDER = text(
    "SELECT id, name FROM genre WHERE name_key = :key AND deleted_at IS NULL AND id IS DISTINCT FROM CAST(:id AS uuid)"
)
_INSERT = text("INSERT INTO genre (name, name_key) VALUES (:name, :key) RETURNING id")
_UPDATE = text(
    "UPDATE genre SET name = :name, name_key = :key, version = version + 1, updated_at = now() WHERE id = :id"
)


async def create_genre(connection: AsyncConnection, author: Author, sent: Mapping[str, Any]) -> Written:
    """Raises ConflictError for a name that is taken."""
    key = same_text_key(sent["name"])
    await _claim(connection, key)
    genre_id: UUID = (await connection.execute(_INSERT, {"name": sent["name"], "key": key})).scalar_one()
    record = await get_record(connection, "genre", genre_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "create", "genre", (genre_id, record.version), changes)
    return Written(created("genre", record), refs("genre", [genre_id]))


async def change_genre(
    connection: AsyncConnection, author: Author, genre_id: UUID, condition: str, sent: Mapping[str, Any]
) -> Written:
    """Raises ConflictError for a name that is taken, NotFoundError, PreconditionFailedError."""
    row = await lock_row(connection, "genre", genre_id)
    check_match(condition, row.version)
    before = await get_record(connection, "genre", genre_id)
    name = sent.get("name", row.name)
    if name == row.name:
        return Written(shown(before))
    key = same_text_key(name)
    await _claim(connection, key, row.name_key, genre_id)
    await connection.execute(_UPDATE, {"name": name, "key": key, "id": genre_id})
    record = await get_record(connection, "genre", genre_id)
    changes = history.differences(before, record)
    await history.write(connection, author, "change", "genre", (genre_id, record.version), changes)
    return Written(shown(record), await _touched(connection, genre_id))


async def delete_genre(
    connection: AsyncConnection, author: Author, genre_id: UUID, condition: str, *, force: bool
) -> Written:
    """Raises ConflictError for one that films have, unless forced."""
    row = await lock_row(connection, "genre", genre_id, "UPDATE")
    check_match(condition, row.version)
    if not force:
        await check_unused(connection, "genre", genre_id)
    before = await get_record(connection, "genre", genre_id)
    version = await set_deleted(connection, "genre", genre_id, True)
    changes = history.differences(before, None)
    await history.write(connection, author, "delete", "genre", (genre_id, version), changes)
    return Written(answer_nothing(), await _touched(connection, genre_id))


async def restore_genre(connection: AsyncConnection, author: Author, genre_id: UUID) -> Written:
    """Raises ConflictError when it is not deleted, or another genre has the name by now."""
    row = await lock_deleted(connection, "genre", genre_id)
    await _claim(connection, row.name_key, apart=genre_id)
    await set_deleted(connection, "genre", genre_id, False)
    record = await get_record(connection, "genre", genre_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "restore", "genre", (genre_id, record.version), changes)
    return Written(shown(record), await _touched(connection, genre_id))


async def _claim(connection: AsyncConnection, key: str, old: str | None = None, apart: UUID | None = None) -> None:
    """Nobody else takes or gives up these names until the transaction ends. Raises ConflictError."""
    await connection.execute(_LOCK, {"keys": [key, *([old] if old is not None else [])]})
    row = (await connection.execute(_HOLDER, {"key": key, "id": apart})).one_or_none()
    if row is not None:
        detail = f"There is a genre of this name, «{row.name}»"
        refuse([], [Fault(code="name_taken", detail=detail, pointer="/name", link=f"/api/v1/genres/{row.id}")])


async def _touched(connection: AsyncConnection, genre_id: UUID) -> list[Ref]:
    """The genre, and the films that show its name."""
    return [*refs("genre", [genre_id]), *await list_films_of(connection, "genre", genre_id)]
