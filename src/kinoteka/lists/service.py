"""Favourites and wishlists: two lists that know nothing of each other."""

from functools import partial
from typing import Any
from uuid import UUID

from msgspec import Raw
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.repository import read
from kinoteka.database import Database
from kinoteka.errors import NotFoundError
from kinoteka.lists import repository
from kinoteka.lists.order import moment
from kinoteka.lists.own_films import Source
from kinoteka.lists.repository import ListName
from kinoteka.lists.schemas import Entry

LISTS: tuple[ListName, ...] = ("favourites", "wishlist")
BASE = "/api/v1/me"


def entries_of(name: ListName) -> Source:
    return Source(
        path=f"{BASE}/{name}",
        rows="(SELECT * FROM list_entry WHERE account_id = :account AND list = :list) AS o",
        columns="o.added_at",
        keys={"added_at": moment("o.added_at")},
        item=_item,
    )


def _item(film: Raw, row: Row[Any]) -> dict[str, Any]:
    return {"film": film, "added_at": row.added_at}


async def add(writes: Database, account: UUID, name: ListName, film: UUID) -> tuple[Entry, bool]:
    """The entry, and whether it is new. Raises NotFoundError for a film that is not there."""
    async with writes.answering() as connection:
        await repository.lock_account_and_film(connection, account, film)
        is_new = await repository.put_entry(connection, account, name, film)
        return await _get_entry(connection, account, name, film), is_new


async def remove(writes: Database, account: UUID, name: ListName, film: UUID) -> None:
    """Nothing happens when it is not in the list. Raises NotFoundError for a film that is not there."""
    async with writes.answering() as connection:
        await repository.lock_account_and_film(connection, account, film)
        await repository.delete_entry(connection, account, name, film)


async def get_entry(database: Database, account: UUID, name: ListName, film: UUID) -> Entry:
    """Raises NotFoundError for a film that is not in the list."""
    return await read(database, partial(_get_entry, account=account, name=name, film=film))


async def _get_entry(connection: AsyncConnection, account: UUID, name: ListName, film: UUID) -> Entry:
    added_at = await repository.find_entry(connection, account, name, film)
    if added_at is None:
        raise NotFoundError(f"A film with the id {film} is not in your {name}.")
    return Entry(added_at)
