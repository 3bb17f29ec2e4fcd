"""Persons: made, changed, deleted, restored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic_core import PydanticCustomError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing import history
from kinoteka.catalogue.editing.bodies import check_life
from kinoteka.catalogue.editing.editor import Ref, Written, created, refs, refuse, shown
from kinoteka.catalogue.editing.history import Author
from kinoteka.catalogue.editing.obstacles import check_unused, list_films_of
from kinoteka.catalogue.editing.rows import get_record, lock_deleted, lock_row, set_deleted
from kinoteka.errors import Fault
from kinoteka.web.answer import answer_nothing
from kinoteka.web.conditional import check_match

_FIELDS = ("name", "date_of_birth", "date_of_death")
_INSERT = text(
    "INSERT INTO person (name, date_of_birth, date_of_death) VALUES (:name, :date_of_birth, :date_of_death) "
    "RETURNING id"
)
_UPDATE = text(
    "UPDATE person SET name = :name, date_of_birth = :date_of_birth, date_of_death = :date_of_death, "
    "version = version + 1, updated_at = now() WHERE id = :id"
)


async def create_person(connection: AsyncConnection, author: Author, sent: Mapping[str, Any]) -> Written:
    """Namesakes are persons of their own."""
    person_id: UUID = (await connection.execute(_INSERT, {field: sent.get(field) for field in _FIELDS})).scalar_one()
    record = await get_record(connection, "person", person_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "create", "person", (person_id, record.version), changes)
    return Written(created("person", record), refs("person", [person_id]))


async def change_person(
    connection: AsyncConnection, author: Author, person_id: UUID, condition: str, sent: Mapping[str, Any]
) -> Written:
    """`sent`: a valid merge patch. Raises InvalidError, NotFoundError, PreconditionFailedError."""
    row = await lock_row(connection, "person", person_id)
    check_match(condition, row.version)
    before = await get_record(connection, "person", person_id)
    current = {field: getattr(row, field) for field in _FIELDS}
    wanted = {**current, **sent}
    refuse(_life_faults(wanted, sent))
    if wanted == current:
        return Written(shown(before))
    await connection.execute(_UPDATE, {**wanted, "id": person_id})
    record = await get_record(connection, "person", person_id)
    changes = history.differences(before, record)
    await history.write(connection, author, "change", "person", (person_id, record.version), changes)
    return Written(shown(record), await _touched(connection, person_id))


def _life_faults(wanted: Mapping[str, Any], sent: Mapping[str, Any]) -> list[Fault]:
    try:
        check_life(wanted["date_of_birth"], wanted["date_of_death"])
    except PydanticCustomError as error:
        field = "date_of_death" if "date_of_death" in sent else "date_of_birth"
        detail = error.message() if field == "date_of_death" else "Must not be after the death"
        return [Fault(code=error.type, detail=detail, pointer=f"/{field}")]
    return []


async def delete_person(
    connection: AsyncConnection, author: Author, person_id: UUID, condition: str, *, force: bool
) -> Written:
    """Raises ConflictError for a person in films, unless forced."""
    row = await lock_row(connection, "person", person_id, "UPDATE")
    check_match(condition, row.version)
    if not force:
        await check_unused(connection, "person", person_id)
    before = await get_record(connection, "person", person_id)
    version = await set_deleted(connection, "person", person_id, True)
    changes = history.differences(before, None)
    await history.write(connection, author, "delete", "person", (person_id, version), changes)
    return Written(answer_nothing(), await _touched(connection, person_id))


async def restore_person(connection: AsyncConnection, author: Author, person_id: UUID) -> Written:
    """With the credits in films that are there. Raises ConflictError when it is not deleted, or was merged."""
    await lock_deleted(connection, "person", person_id)
    await set_deleted(connection, "person", person_id, False)
    record = await get_record(connection, "person", person_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "restore", "person", (person_id, record.version), changes)
    return Written(shown(record), await _touched(connection, person_id))


async def _touched(connection: AsyncConnection, person_id: UUID) -> list[Ref]:
    """The person, and the films that show the name."""
    return [*refs("person", [person_id]), *await list_films_of(connection, "person", person_id)]
