"""Roles: named sets of permissions, given and taken. Whoever acts may not reach beyond what they may do themselves."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import audit
from kinoteka.accounts.audit import Actor
from kinoteka.accounts.permission_cache import ADMIN, read_permissions
from kinoteka.accounts.permissions import NAMES
from kinoteka.accounts.revocation import raise_epoch
from kinoteka.accounts.schemas import Role, RoleName
from kinoteka.accounts.users import keep_an_admin, lock_user
from kinoteka.errors import ConflictError, ForbiddenError, NotFoundError

COLUMNS = """
r.id, r.name, r.description,
ARRAY(SELECT permission FROM role_permission WHERE role_id = r.id ORDER BY 1) AS permissions,
(SELECT count(*) FROM account_role WHERE role_id = r.id) AS users
"""


def role_of(row: Row[tuple[Any, ...]]) -> Role:
    is_admin = row.id == ADMIN
    return Role(
        id=row.id,
        name=row.name,
        description=row.description,
        permissions=sorted(NAMES) if is_admin else [name for name in row.permissions if name in NAMES],
        built_in=is_admin,
        users=row.users,
    )


async def get_role(connection: AsyncConnection, role_id: UUID, *, lock: bool = False) -> Role:
    """`lock`: nobody may give, take or change it until the transaction ends. Raises NotFoundError."""
    query = text(f"SELECT {COLUMNS} FROM role AS r WHERE r.id = :id" + (" FOR UPDATE" if lock else ""))
    row = (await connection.execute(query, {"id": role_id})).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no role with the id {role_id}.")
    return role_of(row)


async def find_role_by_name(connection: AsyncConnection, name: str) -> UUID | None:
    query = text("SELECT id FROM role WHERE name_key = :key")
    found: UUID | None = await connection.scalar(query, {"key": _key(name)})
    return found


async def get_role_named(connection: AsyncConnection, name: str) -> UUID:
    """Raises NotFoundError."""
    role_id = await find_role_by_name(connection, name)
    if role_id is None:
        raise NotFoundError(f"There is no role named {name}.")
    return role_id


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


async def check_reach(connection: AsyncConnection, actor: Actor, needed: Iterable[str]) -> None:
    """Nobody hands out, takes or bends what they do not have themselves. Raises ForbiddenError."""
    if actor.user_id is None:
        return
    missing = sorted(frozenset(needed) - await read_permissions(connection, actor.user_id))
    if missing:
        raise ForbiddenError(f"This needs permissions that you do not have yourself: {', '.join(missing)}.")


async def check_reach_over(connection: AsyncConnection, actor: Actor, user_id: UUID) -> None:
    """The same, for what is done to a user. Raises ForbiddenError."""
    if actor.user_id != user_id:
        await check_reach(connection, actor, await read_permissions(connection, user_id))


async def create_role(
    connection: AsyncConnection, actor: Actor, name: str, description: str | None, permissions: Iterable[str]
) -> Role:
    """Raises ConflictError for a name that is taken, ForbiddenError."""
    names = sorted(permissions)
    await check_reach(connection, actor, names)
    inserting = text(
        "INSERT INTO role (name, name_key, description) VALUES (:name, :key, :description) "
        "ON CONFLICT (name_key) DO NOTHING RETURNING id"
    )
    values = {"name": name, "key": _key(name), "description": description}
    role_id: UUID | None = await connection.scalar(inserting, values)
    if role_id is None:
        raise _name_taken(name)
    await _set_permissions(connection, role_id, names)
    await audit.write(connection, actor, "role.create", "role", role_id, permissions=names)
    return await get_role(connection, role_id)


def _name_taken(name: str) -> ConflictError:
    return ConflictError(f"There is a role named {name} already; change that one or choose another name.")


async def _set_permissions(connection: AsyncConnection, role_id: UUID, names: list[str]) -> None:
    await connection.execute(text("DELETE FROM role_permission WHERE role_id = :id"), {"id": role_id})
    adding = text("INSERT INTO role_permission (role_id, permission) SELECT :id, unnest(CAST(:names AS text[]))")
    await connection.execute(adding, {"id": role_id, "names": names})


async def change_role(connection: AsyncConnection, actor: Actor, role_id: UUID, changes: Mapping[str, Any]) -> Role:
    """`changes`: name, description, permissions, as far as given. Raises ConflictError, ForbiddenError."""
    role = await get_role(connection, role_id, lock=True)
    _check_own(role)
    wanted = changes.get("permissions")
    await check_reach(connection, actor, {*role.permissions, *(wanted or ())})
    if changes.get("name") is not None:
        await _rename(connection, role_id, changes["name"])
    if "description" in changes:
        describing = text("UPDATE role SET description = :description WHERE id = :id")
        await connection.execute(describing, {"description": changes["description"], "id": role_id})
    if wanted is not None:
        await _set_permissions(connection, role_id, sorted(wanted))
        await raise_epoch(connection)
    detail = {"changed": sorted(changes), **({"permissions": sorted(wanted)} if wanted is not None else {})}
    await audit.write(connection, actor, "role.change", "role", role_id, **detail)
    return await get_role(connection, role_id)


async def _rename(connection: AsyncConnection, role_id: UUID, name: str) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 6))"), {"key": _key(name)})
    taken = text("SELECT EXISTS (SELECT FROM role WHERE name_key = :key AND id <> :id)")
    if await connection.scalar(taken, {"key": _key(name), "id": role_id}):
        raise _name_taken(name)
    renaming = text("UPDATE role SET name = :name, name_key = :key WHERE id = :id")
    await connection.execute(renaming, {"name": name, "key": _key(name), "id": role_id})


def _check_own(role: Role) -> None:
    if role.built_in:
        raise ConflictError("The role admin is built in: it always has every permission, and stays.")


async def delete_role(connection: AsyncConnection, actor: Actor, role_id: UUID, *, force: bool) -> None:
    """`force`: also when users have it, who then lose it. Raises ConflictError, ForbiddenError."""
    role = await get_role(connection, role_id, lock=True)
    _check_own(role)
    await check_reach(connection, actor, role.permissions)
    taking = text("DELETE FROM account_role WHERE role_id = :id")
    if role.users and not force:
        raise ConflictError(f"{role.users} users have this role; take it away, or delete it with force=true.")
    await connection.execute(taking, {"id": role_id})
    await connection.execute(text("DELETE FROM role WHERE id = :id"), {"id": role_id})
    await raise_epoch(connection)
    await audit.write(connection, actor, "role.delete", "role", role_id, name=role.name, users=role.users)


async def give_role(connection: AsyncConnection, actor: Actor, user_id: UUID, role_id: UUID) -> bool:
    """Whether the user had it not before. Raises NotFoundError, ForbiddenError."""
    role = await get_role(connection, role_id, lock=True)
    await lock_user(connection, user_id)
    await check_reach(connection, actor, role.permissions)
    giving = text("INSERT INTO account_role (account_id, role_id) VALUES (:user_id, :role_id) ON CONFLICT DO NOTHING")
    result = await connection.execute(giving, {"user_id": user_id, "role_id": role_id})
    if result.rowcount:
        await raise_epoch(connection)
        await audit.write(connection, actor, "role.give", "user", user_id, role_id=str(role_id), role=role.name)
    return bool(result.rowcount)


async def take_role(connection: AsyncConnection, actor: Actor, user_id: UUID, role_id: UUID) -> bool:
    """Whether the user had it. Raises ConflictError for the last admin, NotFoundError, ForbiddenError."""
    role = await get_role(connection, role_id, lock=True)
    await lock_user(connection, user_id)
    await check_reach(connection, actor, role.permissions)
    if role_id == ADMIN:
        await keep_an_admin(connection, user_id)
    taking = text("DELETE FROM account_role WHERE account_id = :user_id AND role_id = :role_id")
    result = await connection.execute(taking, {"user_id": user_id, "role_id": role_id})
    if result.rowcount:
        await raise_epoch(connection)
        await audit.write(connection, actor, "role.take", "user", user_id, role_id=str(role_id), role=role.name)
    return bool(result.rowcount)


async def list_roles(connection: AsyncConnection) -> list[Role]:
    """All of them, by name."""
    return [
        role_of(row) for row in await connection.execute(text(f"SELECT {COLUMNS} FROM role AS r ORDER BY name_key"))
    ]


async def list_roles_of(connection: AsyncConnection, user_id: UUID) -> list[RoleName]:
    query = text(
        "SELECT r.id, r.name FROM account_role AS l JOIN role AS r ON r.id = l.role_id "
        "WHERE l.account_id = :id ORDER BY r.name_key"
    )
    return [RoleName(row.id, row.name) for row in await connection.execute(query, {"id": user_id})]
