"""Accounts for tests: made beside HTTP, with a password hash of which there is only one, for hashing takes a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from uuid import UUID

from argon2 import PasswordHasher
from secrecy import SECRECY
from sqlalchemy import text
from tests.servers import PASSWORD_MEBIBYTES

from kinoteka.accounts import roles, sessions, users
from kinoteka.accounts.audit import COMMAND_LINE
from kinoteka.accounts.origin import Origin
from kinoteka.accounts.permission_cache import ADMIN
from kinoteka.bootstrap import Services

PASSWORD = "three otters at noon"
HERE = Origin("192.0.2.1", "a test")
_numbers = count(1)


@cache
def _hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=PASSWORD_MEBIBYTES * 1024, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Person:
    id: UUID
    phone: str
    session_id: UUID
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


def new_phone() -> str:
    """A number of a Ukrainian mobile network that nobody had yet."""
    phone = f"+38050{next(_numbers):07d}"
    SECRECY.keep("phone", phone)
    return phone


async def new_person(services: Services, *permissions: str, admin: bool = False, name: str | None = None) -> Person:
    """Signed in; with a role that holds those permissions."""
    accounts, phone = services.accounts, new_phone()
    await accounts.ready()
    async with services.database.transaction() as connection:
        user_id = await users.add_user(connection, phone, _hash(), name)
        if admin:
            await users.give_unchecked(connection, user_id, ADMIN)
        if permissions:
            await users.give_unchecked(connection, user_id, await _role(services, permissions))
        begun = await sessions.begin(connection, accounts, user_id, HERE)
    tokens = begun.tokens
    return Person(user_id, phone, begun.session_id, tokens.access_token, tokens.refresh_token)


async def _role(services: Services, permissions: Sequence[str]) -> UUID:
    name = f"role {' '.join(permissions)}"
    async with services.database.transaction() as connection:
        found = await roles.find_role_by_name(connection, name)
        if found is not None:
            return found
        return (await roles.create_role(connection, COMMAND_LINE, name, None, permissions)).id


async def sign_in_again(services: Services, person: Person) -> Person:
    """The same person in another session."""
    async with services.database.transaction() as connection:
        begun = await sessions.begin(connection, services.accounts, person.id, HERE)
    tokens = begun.tokens
    return Person(person.id, person.phone, begun.session_id, tokens.access_token, tokens.refresh_token)


async def execute(services: Services, statement: str, **values: object) -> None:
    async with services.database.transaction() as connection:
        await connection.execute(text(statement), values)


async def scalar(services: Services, statement: str, **values: object) -> object:
    async with services.database.transaction() as connection:
        return await connection.scalar(text(statement), values)
