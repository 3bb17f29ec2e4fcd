"""Films: made, changed, deleted, restored."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec.json import decode
from pydantic_core import PydanticCustomError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Record
from kinoteka.catalogue.editing import history
from kinoteka.catalogue.editing.bodies import check_prior
from kinoteka.catalogue.editing.claims import claim_title, find_holder
from kinoteka.catalogue.editing.editor import Ref, Written, created, refs, refuse, shown
from kinoteka.catalogue.editing.film_lists import SOURCES, set_external_ids, set_lists
from kinoteka.catalogue.editing.history import Author
from kinoteka.catalogue.editing.references import PEOPLE, Resolved, references_in, resolve
from kinoteka.catalogue.editing.rows import Locked, get_record, lock_deleted, lock_row, set_deleted
from kinoteka.catalogue.text import same_text_key
from kinoteka.errors import Fault
from kinoteka.web.answer import answer_nothing
from kinoteka.web.conditional import check_match

_COLUMNS = {
    "title": "title",
    "original_title": "original_title",
    "description": "description",
    "year": "year",
    "minutes": "minutes",
    "rating": "prior_rating",
    "votes": "prior_votes",
}
_INSERT = text(
    "INSERT INTO film (title, title_key, original_title, description, year, minutes, prior_rating, prior_votes) "
    "VALUES (:title, :title_key, :original_title, :description, :year, :minutes, CAST(:rating AS float8), :votes) "
    "RETURNING id"
)


async def create_film(
    connection: AsyncConnection, author: Author, sent: Mapping[str, Any], *, allow_same_title: bool
) -> Written:
    """`sent`: a valid body as plain JSON. Raises InvalidError, and ConflictError for what another film has."""
    resolved = await resolve(connection, references_in(sent))
    values = _normal(sent, resolved)
    key = same_text_key(values["title"])
    conflicts = await _title_conflicts(connection, key, None, None, allow_same_title)
    refuse([*resolved.faults, *_title_faults(sent)], conflicts)
    row = {name: values.get(name) for name in _COLUMNS} | {"title_key": key, "votes": values.get("votes") or 0}
    film_id: UUID = (await connection.execute(_INSERT, row)).scalar_one()
    await set_lists(connection, film_id, values)
    refuse([], await set_external_ids(connection, film_id, values))
    record = await get_record(connection, "film", film_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "create", "film", (film_id, record.version), changes)
    return Written(created("film", record), _touched(record))


async def change_film(
    connection: AsyncConnection,
    author: Author,
    film_id: UUID,
    condition: str,
    sent: Mapping[str, Any],
    *,
    allow_same_title: bool,
) -> Written:
    """`sent`: a valid merge patch as plain JSON. Raises also NotFoundError, PreconditionFailedError."""
    resolved = await resolve(connection, references_in(sent))
    row = await lock_row(connection, "film", film_id)
    check_match(condition, row.version)
    before = await get_record(connection, "film", film_id)
    current = _current(before)
    values = _normal(sent, resolved)
    faults = [*resolved.faults, *_title_faults(sent), *_prior_faults(current | values, sent)]
    changed = {field: value for field, value in values.items() if value != current[field]}
    conflicts = await _change_conflicts(connection, row, changed, allow_same_title)
    refuse(faults, conflicts)
    if not changed:
        return Written(shown(before))
    await set_lists(connection, film_id, changed)
    refuse([], await set_external_ids(connection, film_id, changed))
    await _update(connection, film_id, changed)
    record = await get_record(connection, "film", film_id)
    changes = history.differences(before, record)
    await history.write(connection, author, "change", "film", (film_id, record.version), changes)
    return Written(shown(record), _touched(record, before))


async def _change_conflicts(
    connection: AsyncConnection, row: Locked, changed: Mapping[str, Any], allow: bool
) -> list[Fault]:
    key = same_text_key(changed["title"]) if "title" in changed else row.title_key
    if key == row.title_key:
        return []
    return await _title_conflicts(connection, key, row.title_key, row.id, allow)


async def _title_conflicts(
    connection: AsyncConnection, key: str, old: str | None, film_id: UUID | None, allow: bool
) -> list[Fault]:
    if await claim_title(connection, key, old) or allow:
        return []
    holder = await find_holder(connection, key, film_id)
    return [holder] if holder else []


async def _update(connection: AsyncConnection, film_id: UUID, changed: Mapping[str, Any]) -> None:
    given = {field: value for field, value in changed.items() if field in _COLUMNS}
    setting = [f"{_COLUMNS[field]} = {_bound(field)}" for field in given]
    if "title" in given:
        setting.append("title_key = :title_key")
        given["title_key"] = same_text_key(given["title"])
    if "votes" in given:
        given["votes"] = given["votes"] or 0
    statement = text(
        f"UPDATE film SET {', '.join([*setting, 'version = version + 1', 'updated_at = now()'])} WHERE id = :id"
    )
    await connection.execute(statement, {**given, "id": film_id})


def _bound(field: str) -> str:
    return "CAST(:rating AS float8)" if field == "rating" else f":{field}"


async def delete_film(connection: AsyncConnection, author: Author, film_id: UUID, condition: str) -> Written:
    row = await lock_row(connection, "film", film_id, "UPDATE")
    check_match(condition, row.version)
    before = await get_record(connection, "film", film_id)
    version = await set_deleted(connection, "film", film_id, True)
    changes = history.differences(before, None)
    await history.write(connection, author, "delete", "film", (film_id, version), changes)
    return Written(answer_nothing(), _touched(before))


async def restore_film(
    connection: AsyncConnection, author: Author, film_id: UUID, *, allow_same_title: bool
) -> Written:
    """Raises ConflictError when it is not deleted, or another film has its title meanwhile; NotFoundError."""
    row = await lock_deleted(connection, "film", film_id)
    refuse([], await _title_conflicts(connection, row.title_key, None, film_id, allow_same_title))
    await set_deleted(connection, "film", film_id, False)
    record = await get_record(connection, "film", film_id)
    changes = history.differences(None, record)
    await history.write(connection, author, "restore", "film", (film_id, record.version), changes)
    return Written(shown(record), _touched(record))


def _normal(sent: Mapping[str, Any], resolved: Resolved) -> dict[str, Any]:
    """What was sent in the form in which it is compared and stored; people by id."""
    values = {field: sent[field] for field in _COLUMNS if field in sent}
    if "votes" in values:
        values["votes"] = values["votes"] or 0
    for field in ("genres", *PEOPLE):
        if field in sent:
            values[field] = resolved.ids.get(field, [])
    for field in PEOPLE:
        if field in sent:
            values[field] = list(zip(values[field], _characters(sent[field]), strict=False))
    if "alternative_titles" in sent:
        values["alternative_titles"] = [(one["title"], one.get("language")) for one in sent["alternative_titles"] or ()]
    if "external_ids" in sent:
        ids = sent["external_ids"]
        values |= dict.fromkeys(SOURCES) if ids is None else ids
    return values


def _characters(people: Sequence[Any] | None) -> list[str | None]:
    return [one.get("character") if isinstance(one, dict) else None for one in people or ()]


def _current(record: Record) -> dict[str, Any]:
    """The same form of what is there."""
    film = decode(record.body)
    values = {field: film[field] for field in ("title", "original_title", "description", "year", "minutes")}
    values |= film["prior"] | film["external_ids"]
    values["genres"] = [UUID(one["id"]) for one in film["genres"]]
    for field in PEOPLE:
        values[field] = [(UUID(one["id"]), one.get("character")) for one in film[field]]
    values["alternative_titles"] = [(one["title"], one["language"]) for one in film["alternative_titles"]]
    return values


def _title_faults(sent: Mapping[str, Any]) -> list[Fault]:
    seen: set[tuple[str, str | None]] = set()
    faults: list[Fault] = []
    for place, one in enumerate(sent.get("alternative_titles") or ()):
        title = (one["title"], one.get("language"))
        if title in seen:
            detail = "Stands in this list already"
            faults.append(Fault(code="repeated", detail=detail, pointer=f"/alternative_titles/{place}"))
        seen.add(title)
    return faults


def _prior_faults(values: Mapping[str, Any], sent: Mapping[str, Any]) -> list[Fault]:
    try:
        check_prior(values["rating"], values["votes"])
    except PydanticCustomError as error:
        pointer = "/votes" if "votes" in sent or "rating" not in sent else "/rating"
        return [Fault(code=error.type, detail=error.message(), pointer=pointer)]
    return []


def _touched(*records: Record) -> list[Ref]:
    """The film, and who shows or counts it."""
    touched = refs("film", [records[0].id])
    for film in (decode(record.body) for record in records):
        touched += refs("genre", (one["id"] for one in film["genres"]))
        touched += refs("person", (one["id"] for field in PEOPLE for one in film[field]))
    return list(dict.fromkeys(touched))
