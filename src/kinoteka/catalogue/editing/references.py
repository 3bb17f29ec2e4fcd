"""Genres and persons that a film names: whether they exist, and that they stay while the film is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.text import is_storable, same_text_key
from kinoteka.errors import Fault

PEOPLE = {"directors": "director", "writers": "writer", "actors": "actor"}


@dataclass(frozen=True)
class Reference:
    """`pointer`: its place in the body; `id` or, of a genre, `key` says which."""

    field: str
    pointer: str
    shown: str
    id: UUID | None
    key: str | None = None


@dataclass(frozen=True)
class Resolved:
    """`ids`: by field, in order; complete where there are no faults."""

    ids: Mapping[str, list[UUID]]
    faults: list[Fault]


# KEY SHARE: whoever deletes or merges one waits, whoever renames one does not. In one order, as all who lock them.
_GENRES = text(
    "SELECT id, name_key FROM genre WHERE deleted_at IS NULL "
    "AND (id = ANY(CAST(:ids AS uuid[])) OR name_key = ANY(CAST(:keys AS text[]))) ORDER BY id FOR KEY SHARE"
)
_PERSONS = text(
    "SELECT id FROM person WHERE deleted_at IS NULL AND id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR KEY SHARE"
)
_MERGED = text("SELECT old_id, new_id FROM person_redirect WHERE old_id = ANY(CAST(:ids AS uuid[]))")


def references_in(film: Mapping[str, Any]) -> list[Reference]:
    """Those that can be read, whatever else is wrong with this JSON object."""
    return [*_genres(film.get("genres")), *(one for field in PEOPLE for one in _people(field, film.get(field)))]


def _genres(values: Any) -> Iterator[Reference]:
    for place, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, str) and is_storable(value):
            id_ = _uuid(value)
            yield Reference("genres", f"/genres/{place}", value, id_, None if id_ else same_text_key(value))


def _people(field: str, values: Any) -> Iterator[Reference]:
    for place, value in enumerate(values if isinstance(values, list) else ()):
        where = f"/{field}/{place}"
        if isinstance(value, dict):
            value, where = value.get("id"), f"{where}/id"
        if (id_ := _uuid(value)) is not None:
            yield Reference(field, where, str(id_), id_)


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) and len(value) == 36 else None
    except ValueError:
        return None


async def resolve(connection: AsyncConnection, references: Sequence[Reference]) -> Resolved:
    """Locks what it finds until the transaction ends."""
    genres = [one for one in references if one.field == "genres"]
    people = [one for one in references if one.field != "genres"]
    known_genres = await _find_genres(connection, genres)
    known_persons = await _find_persons(connection, people)
    found = [known_genres.get(one.id or one.key or "") for one in genres]
    found += [one.id if one.id in known_persons else None for one in people]
    merged = await _find_merged(connection, people, known_persons)
    return _resolved([*genres, *people], found, merged)


async def _find_genres(connection: AsyncConnection, genres: Sequence[Reference]) -> dict[UUID | str, UUID]:
    if not genres:
        return {}
    asked = {"ids": [one.id for one in genres if one.id], "keys": [one.key for one in genres if one.key]}
    rows = (await connection.execute(_GENRES, asked)).all()
    return {row.id: row.id for row in rows} | {row.name_key: row.id for row in rows}


async def _find_persons(connection: AsyncConnection, people: Sequence[Reference]) -> set[UUID]:
    if not people:
        return set()
    return set(await connection.scalars(_PERSONS, {"ids": list({one.id for one in people})}))


async def _find_merged(
    connection: AsyncConnection, people: Sequence[Reference], known: set[UUID]
) -> dict[UUID | None, UUID]:
    missing = list({one.id for one in people if one.id not in known})
    if not missing:
        return {}
    return {row.old_id: row.new_id for row in await connection.execute(_MERGED, {"ids": missing})}


def _resolved(
    references: Sequence[Reference], found: Sequence[UUID | None], merged: Mapping[UUID | None, UUID]
) -> Resolved:
    ids: dict[str, list[UUID]] = {}
    faults: list[Fault] = []
    for one, id_ in zip(references, found, strict=True):
        listed = ids.setdefault(one.field, [])
        if id_ is None:
            faults.append(_unknown(one, merged.get(one.id)))
        elif id_ in listed:
            faults.append(Fault(code="repeated", detail="Stands in this list already", pointer=one.pointer))
        else:
            listed.append(id_)
    return Resolved(ids, faults)


def _unknown(one: Reference, now: UUID | None) -> Fault:
    shown = one.shown[:80]
    if one.field == "genres":
        detail = f"There is no genre «{shown}»; /api/v1/genres lists them"
        return Fault(code="unknown_genre", detail=detail, pointer=one.pointer)
    if now is not None:
        detail = f"The person {shown} was merged into {now}; name that one"
        return Fault(code="merged_person", detail=detail, pointer=one.pointer, link=f"/api/v1/persons/{now}")
    return Fault(code="unknown_person", detail=f"There is no person with the id {shown}", pointer=one.pointer)
