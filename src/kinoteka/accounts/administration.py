"""What administrators do to users; each in effect everywhere when it returns."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import audit, users
from kinoteka.accounts.audit import Actor
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.permission_cache import ADMIN
from kinoteka.accounts.revocation import raise_epoch
from kinoteka.accounts.roles import check_reach_over
from kinoteka.accounts.schemas import User
from kinoteka.accounts.sessions import revoke_sessions


async def set_active(accounts: Accounts, actor: Actor, user_id: UUID, active: bool) -> User:
    """Disabling ends every session. Raises NotFoundError, ConflictError for the last admin, ForbiddenError."""
    async with accounts.database.answering() as connection:
        row = await _lock(connection, actor, user_id)
        if row.is_active != active:
            if not active:
                await users.keep_an_admin(connection, user_id)
                await revoke_sessions(connection, accounts, user_id)
            await users.set_active(connection, user_id, active)
            await raise_epoch(connection)
            await audit.write(connection, actor, "user.enable" if active else "user.disable", "user", user_id)
        user = await users.get_user(connection, user_id)
    if not active:
        await accounts.revocations.settle()
    return user


async def delete_user(accounts: Accounts, actor: Actor, user_id: UUID) -> None:
    """Raises like `set_active`."""
    async with accounts.database.answering() as connection:
        await _lock(connection, actor, user_id)
        await users.keep_an_admin(connection, user_id)
        await revoke_sessions(connection, accounts, user_id)
        await users.erase_user(connection, user_id)
        await audit.write(connection, actor, "user.delete", "user", user_id)
    await accounts.revocations.settle()


async def end_sessions_of(accounts: Accounts, actor: Actor, user_id: UUID) -> None:
    async with accounts.database.answering() as connection:
        await _lock(connection, actor, user_id)
        number = await revoke_sessions(connection, accounts, user_id)
        await audit.write(connection, actor, "user.end_sessions", "user", user_id, sessions=number)
    await accounts.revocations.settle()


async def reset_password(accounts: Accounts, actor: Actor, user_id: UUID, password: str) -> None:
    """Ends every session. `password` in its normal form."""
    password_hash = await accounts.hasher.hash(password)
    async with accounts.database.answering() as connection:
        await _lock(connection, actor, user_id)
        await users.set_password_hash(connection, user_id, password_hash)
        await revoke_sessions(connection, accounts, user_id)
        await audit.write(connection, actor, "user.reset_password", "user", user_id)
    await accounts.revocations.settle()


async def has_users(accounts: Accounts) -> bool:
    async with accounts.database.answering() as connection:
        return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM account)")))


async def create_admin(accounts: Accounts, actor: Actor, phone: str, password: str, name: str | None) -> UUID:
    """Raises ConflictError for a phone that is taken."""
    password_hash = await accounts.hasher.hash(password)
    async with accounts.database.answering() as connection:
        user_id = await users.add_user(connection, phone, password_hash, name)
        await users.give_unchecked(connection, user_id, ADMIN)
        await raise_epoch(connection)
        await audit.write(connection, actor, "user.create_admin", "user", user_id)
    return user_id


async def _lock(connection: AsyncConnection, actor: Actor, user_id: UUID) -> users.Locked:
    """The role admin before the user, in every transaction that touches both."""
    await users.lock_admins(connection)
    row = await users.lock_user(connection, user_id)
    await check_reach_over(connection, actor, user_id)
    return row
