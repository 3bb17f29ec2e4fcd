"""Signing in: counted first, then hashed, then judged; the same steps for a phone that nobody has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec.structs import asdict
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import history, sessions, users
from kinoteka.accounts.attempts import Allowance, Counter, admit, count_request, forget, make_counter, take_back
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.devices import make_device_token, read_device
from kinoteka.accounts.origin import Origin
from kinoteka.accounts.passwords import normalize_password
from kinoteka.accounts.phones import mask_phone
from kinoteka.accounts.schemas import Reason, SignedIn, User
from kinoteka.cache.rate_limits import Limit
from kinoteka.errors import Fault, ForbiddenError, InvalidError, UnauthorizedError, UnavailableError
from kinoteka.web.rate_limit import client_key

PER_ADDRESS = Allowance("sign-in-address", 50, 900)
PER_ACCOUNT = Allowance("sign-in-account", 20, 300)
PER_PAIR = Allowance("sign-in", 5, 900)
PER_DEVICE = Allowance("sign-in-device", 5, 900)
PER_OWNER = Allowance("current-password", 5, 900)
_HOUR = 3600
_WRONG_CURRENT = Fault(code="wrong_password", detail="Is not the password in use", pointer="/current_password")


async def register(
    accounts: Accounts, phone: str, password: str, name: str | None, age: int | None, origin: Origin
) -> User:
    """Raises ConflictError for a phone that is taken: it tells who has an account, so it is limited by address."""
    limit = Limit("registration", accounts.settings.registrations_per_hour, _HOUR)
    await count_request(accounts.database, accounts.secrets, limit, client_key(origin.address))
    password_hash = await accounts.hasher.hash(password)
    async with accounts.database.answering() as connection:
        user_id = await users.add_user(connection, phone, password_hash, name, age)
        user = await users.get_user(connection, user_id)
    history.log.info(
        "registered",
        phone=mask_phone(phone),
        user_id=str(user_id),
        client=origin.address,
        request_id=origin.request_id,
    )
    return user


@dataclass(frozen=True)
class _Try:
    """A try to sign in: whose it would be, and where it is counted."""

    phone: str
    account: Row[tuple[Any, ...]] | None
    device: bytes | None
    counters: Sequence[Counter]
    origin: Origin

    @property
    def account_id(self) -> UUID | None:
        return self.account.id if self.account is not None else None


async def sign_in(accounts: Accounts, phone: str, password: str, device_token: str | None, origin: Origin) -> SignedIn:
    """Raises UnauthorizedError, one and the same for a wrong password and a phone that nobody has; ForbiddenError for
    a disabled account, to those who know its password; TooManyRequestsError."""
    await accounts.ready()
    attempt = await _look_up(accounts, phone, device_token, origin)
    await admit(accounts.database, attempt.counters)
    stored = attempt.account.password_hash if attempt.account is not None else None
    try:
        is_right = await accounts.hasher.verify(stored, normalize_password(password))
    except UnavailableError:
        async with accounts.database.answering() as connection:
            await take_back(connection, attempt.counters)
        raise
    return await _answer(accounts, attempt, is_right, password)


async def _look_up(accounts: Accounts, phone: str, device_token: str | None, origin: Origin) -> _Try:
    async with accounts.database.answering() as connection:
        account = await users.find_by_phone(connection, phone)
    device = None
    if account is not None and device_token is not None:
        device = read_device(accounts.secrets, account.id, device_token)
    return _Try(phone, account, device, _counters(accounts, phone, device, origin), origin)


def _counters(accounts: Accounts, phone: str, device: bytes | None, origin: Origin) -> Sequence[Counter]:
    """A known device is counted alone: whatever strangers do, even at the same address, costs it nothing."""
    if device is not None:
        return [make_counter(accounts.secrets, PER_DEVICE, phone, device)]
    address = client_key(origin.address)
    return [
        make_counter(accounts.secrets, PER_ADDRESS, address),
        make_counter(accounts.secrets, PER_ACCOUNT, phone),
        make_counter(accounts.secrets, PER_PAIR, phone, address),
    ]


async def _answer(accounts: Accounts, attempt: _Try, is_right: bool, password: str) -> SignedIn:
    account = attempt.account
    new_hash = None
    if is_right and account is not None and accounts.hasher.is_outdated(account.password_hash):
        new_hash = await accounts.hasher.hash(normalize_password(password))
    async with accounts.database.answering() as connection:
        reason = await _judge(connection, attempt, is_right, "NO KEY UPDATE" if new_hash else "SHARE")
        if reason == "signed_in" and account is not None:
            return await _begin(connection, accounts, attempt, account.id, new_hash)
        if reason == "disabled":
            await take_back(connection, attempt.counters)
        await history.record(connection, attempt.account_id, reason, attempt.origin)
    history.tell(reason, attempt.phone, attempt.account_id, attempt.origin)
    if reason == "disabled":
        raise ForbiddenError("This account is disabled; ask an administrator.")
    raise UnauthorizedError("There is no account with this phone number and this password.")


async def _judge(connection: AsyncConnection, attempt: _Try, is_right: bool, lock: str) -> Reason:
    """The account is looked at again, and locked: it may have been disabled while the password was hashed."""
    if attempt.account is None:
        return "unknown_phone"
    if not is_right:
        return "wrong_password"
    query = text(f"SELECT is_active, password_hash FROM account WHERE id = :id FOR {lock}")
    now = (await connection.execute(query, {"id": attempt.account.id})).one_or_none()
    if now is None or now.password_hash != attempt.account.password_hash:
        return "wrong_password"
    return "signed_in" if now.is_active else "disabled"


async def _begin(
    connection: AsyncConnection, accounts: Accounts, attempt: _Try, user_id: UUID, new_hash: str | None
) -> SignedIn:
    if new_hash is not None:
        await users.set_password_hash(connection, user_id, new_hash)
    begun = await sessions.begin(connection, accounts, user_id, attempt.origin)
    *shared, own = attempt.counters
    await take_back(connection, shared)
    await forget(connection, own)
    await history.record(connection, user_id, "signed_in", attempt.origin, begun.session_id)
    history.tell("signed_in", attempt.phone, user_id, attempt.origin)
    device_token = make_device_token(accounts.secrets, user_id, attempt.device)
    return SignedIn(**asdict(begun.tokens), device_token=device_token)


async def check_current_password(accounts: Accounts, user_id: UUID, password: str) -> Row[tuple[Any, ...]]:
    """The account, once its owner has proved to know the password. Raises InvalidError, TooManyRequestsError."""
    counter = make_counter(accounts.secrets, PER_OWNER, user_id.bytes)
    await admit(accounts.database, [counter])
    async with accounts.database.answering() as connection:
        account = await users.find_credentials(connection, user_id)
    stored = account.password_hash if account is not None else None
    is_right = await accounts.hasher.verify(stored, normalize_password(password))
    if account is None or not is_right:
        raise InvalidError("One field is wrong.", [_WRONG_CURRENT])
    async with accounts.database.answering() as connection:
        await forget(connection, counter)
    return account
