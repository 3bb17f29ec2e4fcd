"""Asks PostgreSQL for what the index cannot tell (yet)."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.documents import Kind, Record, build_records
from kinoteka.catalogue.models import film, film_external_id, person_redirect
from kinoteka.database import Database, DatabaseUnavailableError

T = TypeVar("T")


async def read(database: Database, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """What needs no transaction around its statements. Once more when the pool held a connection of a server that has
    gone since. Raises UnavailableError."""
    try:
        return await _read(database, query)
    except DatabaseUnavailableError as error:
        if not error.is_stale:
            raise
    return await _read(database, query)


async def _read(database: Database, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    async with database.answering(singly=True) as connection:
        return await query(connection)


async def ask_anything(connection: AsyncConnection) -> None:
    """Fails when nobody answers."""
    await connection.execute(select(1))


async def find_record(connection: AsyncConnection, kind: Kind, id_: UUID) -> Record | None:
    records = await build_records(connection, kind, [id_])
    return records[0] if records else None


async def find_film_by_external_id(connection: AsyncConnection, source: str, value: str) -> Record | None:
    table = film_external_id
    owner = (
        select(film.c.id)
        .join(table, table.c.film_id == film.c.id)
        .where(table.c.source == source, table.c.value == value)
    )
    id_ = await connection.scalar(owner)
    return await find_record(connection, "film", id_) if id_ else None


async def find_successor(connection: AsyncConnection, person_id: UUID) -> UUID | None:
    """The person that this one was merged into."""
    query = select(person_redirect.c.new_id).where(person_redirect.c.old_id == person_id)
    found: UUID | None = await connection.scalar(query)
    return found


_WEIGHTS = text("SELECT m, c, NOT EXISTS (SELECT FROM search_rebuild_request) AS settled FROM rating_weight")


async def read_weights(connection: AsyncConnection) -> tuple[float, float, bool]:
    """m and C of the weighted rating, and whether the index has them: a change of them asks for a rebuild."""
    row = (await connection.execute(_WEIGHTS)).one()
    return float(row.m), float(row.c), row.settled
