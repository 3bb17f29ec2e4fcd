"""Reads of one thing: from the index when it is up to date, else from PostgreSQL, so that a write is seen at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from uuid import UUID

from kinoteka.cache.port import Tokens
from kinoteka.catalogue import repository
from kinoteka.catalogue.documents import Kind, Record
from kinoteka.catalogue.filmography import decode_person, with_titles
from kinoteka.database import Database
from kinoteka.errors import MovedError, NotFoundError, UnavailableError

FILMS_AT_ONCE = 500
"""Asked of the index with one request; one has a kilobyte."""


class Copy(Protocol):
    """A document as the index gives it: `version` is the row's, `data` the bytes of the answer."""

    @property
    def id(self) -> UUID: ...

    @property
    def version(self) -> int: ...

    @property
    def data(self) -> bytes: ...


class Copies(Protocol):
    """What the catalogue needs of a search engine. Every verb may raise UnavailableError."""

    async def get(self, kind: Kind, id: UUID, /) -> Copy | None: ...  # noqa: A002 - the field's own term

    async def get_many(self, kind: Kind, ids: Sequence[UUID], /) -> Sequence[Copy]: ...

    async def find_external(self, source: str, value: str, /) -> Copy | None: ...


@dataclass(frozen=True)
class Body:
    version: int
    data: bytes


@dataclass(frozen=True)
class Reader:
    database: Database
    copies: Copies
    tokens: Tokens


async def get_body(reader: Reader, kind: Kind, id_: UUID) -> Body:
    """Raises NotFoundError, MovedError for a person that was merged into another one, and UnavailableError when nobody
    is left who could tell."""
    body = None if is_pending(reader, kind, id_) else await _find_copy(reader, kind, id_)
    if body is not None:
        return body
    record = await repository.read(reader.database, partial(repository.find_record, kind=kind, id_=id_))
    if record is None and kind == "person":
        await _follow_merge(reader, id_)
    return _body(record, f"There is no {kind} with the id {id_}.")


async def _follow_merge(reader: Reader, person_id: UUID) -> None:
    into = await repository.read(reader.database, partial(repository.find_successor, person_id=person_id))
    if into is not None:
        raise MovedError(f"This person was merged into {into}.", str(person_id), str(into))


def is_pending(reader: Reader, kind: Kind, id_: UUID) -> bool:
    tokens = reader.tokens
    return tokens.is_blind or any(map(tokens.is_pending, (kind, f"{kind}:{id_}")))


async def _find_copy(reader: Reader, kind: Kind, id_: UUID) -> Body | None:
    """None when the index has not got it, or not all of it."""
    try:
        copy = await reader.copies.get(kind, id_)
        if copy is None:
            return None
        data = await _add_titles(reader, copy.data) if kind == "person" else copy.data
    except UnavailableError:
        return None
    return None if data is None else Body(copy.version, data)


async def _add_titles(reader: Reader, stored: bytes) -> bytes | None:
    person = decode_person(stored)
    ids, items = [work.id for work in person.films], []
    for start in range(0, len(ids), FILMS_AT_ONCE):
        films = await reader.copies.get_many("film", ids[start : start + FILMS_AT_ONCE])
        items += [film.data for film in films]
    return with_titles(person, items)


async def get_film_by_external_id(reader: Reader, source: str, value: str) -> Body:
    """Raises like get_body."""
    copy = await _find_external_copy(reader, source, value)
    if copy is not None and not is_pending(reader, "film", copy.id):
        return Body(copy.version, copy.data)
    query = partial(repository.find_film_by_external_id, source=source, value=value)
    return _body(await repository.read(reader.database, query), f"There is no film with the {source} id {value}.")


async def _find_external_copy(reader: Reader, source: str, value: str) -> Copy | None:
    try:
        return await reader.copies.find_external(source, value)
    except UnavailableError:
        return None


def _body(record: Record | None, otherwise: str) -> Body:
    if record is None:
        raise NotFoundError(otherwise)
    return Body(record.version, record.body)
