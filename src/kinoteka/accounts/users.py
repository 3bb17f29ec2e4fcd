"""Users: registration, profile, disabling, deletion."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.permission_cache import ADMIN
from kinoteka.accounts.schemas import RoleName, User
from kinoteka.errors import ConflictError, NotFoundError

_ROLES = """
coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name) ORDER BY r.name_key)
          FROM account_role AS l JOIN role AS r ON r.id = l.role_id WHERE l.account_id = a.id), '[]')
"""
Locked: TypeAlias = Row[tuple[Any, ...]]
COLUMNS = f"a.id, a.phone, a.name, a.age, a.is_active, a.created_at, {_ROLES} AS roles"


def user_of(row: Locked) -> User:
    return User(
        id=row.id,
        phone=row.phone,
        name=row.name,
        age=row.age,
        active=row.is_active,
        created_at=row.created_at,
        roles=[RoleName(UUID(role["id"]), role["name"]) for role in row.roles],
    )


async def get_user(connection: AsyncConnection, user_id: UUID) -> User:
    query = text(f"SELECT {COLUMNS} FROM account AS a WHERE a.id = :id")
    row = (await connection.execute(query, {"id": user_id})).one_or_none()
    if row is None:
        raise no_user(user_id)
    return user_of(row)


async def list_newest(connection: AsyncConnection, limit: int, role_id: UUID | None = None) -> list[User]:
    query = text(
        f"SELECT {COLUMNS} FROM account AS a WHERE CAST(:role_id AS uuid) IS NULL OR EXISTS "
        "(SELECT FROM account_role WHERE account_id = a.id AND role_id = :role_id) "
        "ORDER BY a.created_at DESC, a.id LIMIT :limit"
    )
    return [user_of(row) for row in await connection.execute(query, {"role_id": role_id, "limit": limit})]


def no_user(user_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no user with the id {user_id}.")


async def add_user(
    connection: AsyncConnection, phone: str, password_hash: str, name: str | None = None, age: int | None = None
) -> UUID:
    """Raises ConflictError when somebody has that phone."""
    inserting = text(
        "INSERT INTO account (phone, password_hash, name, age) VALUES (:phone, :password_hash, :name, :age) "
        "ON CONFLICT (phone) DO NOTHING RETURNING id"
    )
    values = {"phone": phone, "password_hash": password_hash, "name": name, "age": age}
    user_id: UUID | None = await connection.scalar(inserting, values)
    if user_id is None:
        raise phone_taken()
    return user_id


def phone_taken() -> ConflictError:
    return ConflictError("There is an account with this phone number; sign in, or use another number.")


async def find_by_phone(connection: AsyncConnection, phone: str) -> Locked | None:
    query = text("SELECT id, phone, password_hash, name, is_active FROM account WHERE phone = :phone")
    return (await connection.execute(query, {"phone": phone})).one_or_none()


async def find_credentials(connection: AsyncConnection, user_id: UUID) -> Locked | None:
    query = text("SELECT id, phone, password_hash, name, is_active FROM account WHERE id = :id")
    return (await connection.execute(query, {"id": user_id})).one_or_none()


async def lock_user(connection: AsyncConnection, user_id: UUID) -> Locked:
    """Raises NotFoundError."""
    query = text("SELECT id, phone, password_hash, name, is_active FROM account WHERE id = :id FOR UPDATE")
    row = (await connection.execute(query, {"id": user_id})).one_or_none()
    if row is None:
        raise no_user(user_id)
    return row


async def change_profile(connection: AsyncConnection, user_id: UUID, changes: Mapping[str, Any]) -> None:
    """`changes`: name and age, as far as they were given."""
    setting = ", ".join(f"{column} = :{column}" for column in ("name", "age") if column in changes)
    if setting:
        await connection.execute(text(f"UPDATE account SET {setting} WHERE id = :id"), {**changes, "id": user_id})


async def set_phone(connection: AsyncConnection, user_id: UUID, phone: str) -> None:
    """Raises ConflictError when somebody else has it."""
    taken = text("SELECT EXISTS (SELECT FROM account WHERE phone = :phone AND id <> :id)")
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:phone, 5))"), {"phone": phone})
    if await connection.scalar(taken, {"phone": phone, "id": user_id}):
        raise phone_taken()
    await connection.execute(text("UPDATE account SET phone = :phone WHERE id = :id"), {"phone": phone, "id": user_id})


async def set_password_hash(connection: AsyncConnection, user_id: UUID, password_hash: str) -> None:
    changing = text("UPDATE account SET password_hash = :hash WHERE id = :id")
    await connection.execute(changing, {"hash": password_hash, "id": user_id})


async def set_active(connection: AsyncConnection, user_id: UUID, active: bool) -> None:
    changing = text("UPDATE account SET is_active = :active WHERE id = :id")
    await connection.execute(changing, {"active": active, "id": user_id})


async def erase_user(connection: AsyncConnection, user_id: UUID) -> None:
    """The account and all that is personal in what refers to it; sessions are ended before."""
    for statement in (
        "DELETE FROM account WHERE id = :id",
        "DELETE FROM sign_in WHERE account_id = :id",
        "UPDATE audit_entry SET address = NULL WHERE actor_id = :id",
    ):
        await connection.execute(text(statement), {"id": user_id})


async def lock_admins(connection: AsyncConnection) -> None:
    """Nobody becomes or stops being an admin until the transaction ends."""
    await connection.execute(text("SELECT FROM role WHERE id = :admin FOR UPDATE"), {"admin": ADMIN})


async def give_unchecked(connection: AsyncConnection, user_id: UUID, role_id: UUID) -> None:
    giving = text("INSERT INTO account_role (account_id, role_id) VALUES (:user_id, :role_id)")
    await connection.execute(giving, {"user_id": user_id, "role_id": role_id})


async def keep_an_admin(connection: AsyncConnection, user_id: UUID) -> None:
    """Before a user stops being an active admin. Raises ConflictError when nobody else would be left.

    Of two admins who go at the same time, one waits and then sees what the other did.
    """
    await lock_admins(connection)
    query = text(
        "SELECT a.id FROM account_role AS l JOIN account AS a ON a.id = l.account_id "
        "WHERE l.role_id = :admin AND a.is_active"
    )
    admins: Sequence[UUID] = (await connection.execute(query, {"admin": ADMIN})).scalars().all()
    if list(admins) == [user_id]:
        raise ConflictError("This is the last administrator; make another one first.")
