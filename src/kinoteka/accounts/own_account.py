"""What users do with their own account."""

from collections.abc import Mapping
from typing import Any

from kinoteka.accounts import users
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.passwords import About, find_weakness
from kinoteka.accounts.schemas import User
from kinoteka.accounts.sessions import revoke_sessions
from kinoteka.accounts.sign_in import check_current_password
from kinoteka.errors import Fault, InvalidError
from kinoteka.web.guard import Caller


async def get_profile(accounts: Accounts, caller: Caller) -> User:
    async with accounts.database.answering() as connection:
        return await users.get_user(connection, caller.user_id)


async def change_profile(accounts: Accounts, caller: Caller, changes: Mapping[str, Any]) -> User:
    async with accounts.database.answering() as connection:
        await users.change_profile(connection, caller.user_id, changes)
        return await users.get_user(connection, caller.user_id)


async def change_phone(accounts: Accounts, caller: Caller, phone: str, current_password: str) -> User:
    """Ends the other sessions. Raises InvalidError for a wrong password, ConflictError for a phone that is taken."""
    await check_current_password(accounts, caller.user_id, current_password)
    async with accounts.database.answering() as connection:
        await users.lock_user(connection, caller.user_id)
        await users.set_phone(connection, caller.user_id, phone)
        await revoke_sessions(connection, accounts, caller.user_id, but=caller.session_id)
        user = await users.get_user(connection, caller.user_id)
    await accounts.revocations.settle()
    return user


async def change_password(accounts: Accounts, caller: Caller, password: str, current_password: str) -> None:
    """Ends the other sessions. Raises InvalidError for a wrong or a weak password."""
    account = await check_current_password(accounts, caller.user_id, current_password)
    _check_strength(accounts, password, About(account.phone, account.name))
    password_hash = await accounts.hasher.hash(password)
    async with accounts.database.answering() as connection:
        await users.lock_user(connection, caller.user_id)
        await users.set_password_hash(connection, caller.user_id, password_hash)
        await revoke_sessions(connection, accounts, caller.user_id, but=caller.session_id)
    await accounts.revocations.settle()


def _check_strength(accounts: Accounts, password: str, about: About) -> None:
    weakness = find_weakness(password, accounts.settings.password_minimum, about)
    if weakness:
        code, reason = weakness
        raise InvalidError("One field is wrong.", [Fault(code=code, detail=reason, pointer="/password")])
