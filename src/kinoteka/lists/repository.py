"""Asks and writes favourites and wishlists."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.errors import NotFoundError, UnauthorizedError

ListName = Literal["favourites", "wishlist"]

# First, as a purge or the deletion of an account does, so that neither of two ever waits for the other's second lock.
_LOCK = text(
    """
    SELECT (SELECT true FROM account WHERE id = :account FOR KEY SHARE) AS has_account,
           (SELECT true FROM film WHERE id = :film AND deleted_at IS NULL FOR KEY SHARE) AS has_film
    """
)
_PUT = text("INSERT INTO list_entry (account_id, list, film_id) VALUES (:account, :list, :film) ON CONFLICT DO NOTHING")
_FIND = text(
    """
    SELECT e.added_at FROM list_entry AS e JOIN film AS f ON f.id = e.film_id AND f.deleted_at IS NULL
    WHERE e.account_id = :account AND e.list = :list AND e.film_id = :film
    """
)
_DELETE = text("DELETE FROM list_entry WHERE account_id = :account AND list = :list AND film_id = :film")


async def lock_account_and_film(connection: AsyncConnection, account: UUID, film: UUID) -> None:
    """Neither goes until the transaction ends. Raises UnauthorizedError, NotFoundError."""
    row = (await connection.execute(_LOCK, {"account": account, "film": film})).one()
    if not row.has_account:
        raise UnauthorizedError("This account has just been deleted.", "invalid_token")
    if not row.has_film:
        raise NotFoundError(f"There is no film with the id {film}.")


async def put_entry(connection: AsyncConnection, account: UUID, name: ListName, film: UUID) -> bool:
    """Whether it is new."""
    return (await connection.execute(_PUT, {"account": account, "list": name, "film": film})).rowcount > 0


async def find_entry(connection: AsyncConnection, account: UUID, name: ListName, film: UUID) -> datetime | None:
    """When it was added; None too while the film is deleted."""
    found: datetime | None = await connection.scalar(_FIND, {"account": account, "list": name, "film": film})
    return found


async def delete_entry(connection: AsyncConnection, account: UUID, name: ListName, film: UUID) -> None:
    await connection.execute(_DELETE, {"account": account, "list": name, "film": film})
