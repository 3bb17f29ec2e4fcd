"""Sessions: begun at sign-in, carried on by refresh tokens, ended by whoever may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import access_tokens, history
from kinoteka.accounts.attempts import count_request
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.origin import Origin
from kinoteka.accounts.refresh_tokens import RefreshToken, make_refresh_token, read_refresh_token
from kinoteka.accounts.revocation import revoke
from kinoteka.accounts.schemas import Tokens
from kinoteka.cache.rate_limits import Limit
from kinoteka.errors import UnauthorizedError
from kinoteka.web.rate_limit import client_key

LOST_ANSWER = timedelta(seconds=30)
"""How long the predecessor of the newest refresh token still gets that one: its answer may have been lost."""
MOST_SESSIONS = 100
"""Of one user; past that the one seen longest ago ends."""
_PER_SESSION = Limit("refresh", 120, 60)
_PER_ADDRESS = Limit("refresh-address", 1200, 60)

Verdict = Literal["rotate", "repeat", "reuse", "ended"]

log = structlog.get_logger()


@dataclass(frozen=True)
class Begun:
    session_id: UUID
    tokens: Tokens


async def begin(connection: AsyncConnection, accounts: Accounts, user_id: UUID, origin: Origin) -> Begun:
    """A session has a new id at each sign-in. Its account's row must be locked."""
    token = make_refresh_token(accounts.secrets, uuid4(), 0)
    inserting = text(
        "INSERT INTO session (id, account_id, token_hash, expires_at, address, user_agent) "
        "VALUES (:id, :account_id, :token_hash, now() + make_interval(days => :days), :address, :user_agent) "
        "RETURNING expires_at"
    )
    values = {
        "id": token.session_id,
        "account_id": user_id,
        "token_hash": token.hash,
        "days": accounts.settings.session_days,
        "address": origin.address,
        "user_agent": origin.user_agent,
    }
    expires_at: datetime = await connection.scalar(inserting, values)
    await _end_oldest(connection, accounts, user_id)
    return Begun(token.session_id, _tokens(accounts, user_id, token, expires_at))


async def _end_oldest(connection: AsyncConnection, accounts: Accounts, user_id: UUID) -> None:
    query = text("SELECT id FROM session WHERE account_id = :id ORDER BY last_seen_at DESC OFFSET :most")
    old = (await connection.execute(query, {"id": user_id, "most": MOST_SESSIONS})).scalars()
    await revoke(connection, old, accounts.settings.access_token_seconds)


def _tokens(accounts: Accounts, user_id: UUID, refresh: RefreshToken, expires_at: datetime) -> Tokens:
    token, life = access_tokens.issue(accounts.settings, accounts.keyring, user_id, refresh.session_id, expires_at)
    return Tokens(access_token=token, refresh_token=refresh.text, token_type="Bearer", expires_in=life)  # noqa: S106 - the scheme's name


async def refresh(accounts: Accounts, text_: str, origin: Origin) -> Tokens:
    """The next pair of tokens. Raises UnauthorizedError; when a spent token comes back its whole family ends."""
    await accounts.ready()
    await count_request(accounts.database, accounts.secrets, _PER_ADDRESS, client_key(origin.address))
    token = read_refresh_token(accounts.secrets, text_)
    if token is None:
        raise _refused()
    await count_request(accounts.database, accounts.secrets, _PER_SESSION, token.session_id.bytes)
    async with accounts.database.answering() as connection:
        row = await _lock(connection, accounts, token.session_id)
        verdict = _judge(row, token)
        if row is not None and verdict in ("rotate", "repeat"):
            return await _carry_on(connection, accounts, row, verdict, origin)
        if row is not None:
            await _end_family(connection, accounts, row, verdict, origin)
    if row is not None:
        await accounts.revocations.settle()
    raise _refused()


async def _lock(connection: AsyncConnection, accounts: Accounts, session_id: UUID) -> Row[tuple[object, ...]] | None:
    """Its order with other refreshes is that of this lock; clocks decide nothing but lifetimes."""
    query = text(
        "SELECT s.id, s.account_id, s.generation, s.token_hash, s.expires_at, "
        "clock_timestamp() - s.last_seen_at AS unused, "
        "a.is_active AND s.expires_at > clock_timestamp() "
        "AND s.last_seen_at > clock_timestamp() - make_interval(days => :idle) AS is_alive "
        "FROM session AS s JOIN account AS a ON a.id = s.account_id WHERE s.id = :id FOR UPDATE OF s"
    )
    values = {"id": session_id, "idle": accounts.settings.session_idle_days}
    return (await connection.execute(query, values)).one_or_none()


def _judge(row: Row[tuple[object, ...]] | None, token: RefreshToken) -> Verdict:
    if row is None or not row.is_alive:
        return "ended"
    if token.generation == row.generation:
        return "rotate" if token.hash == row.token_hash else "reuse"
    if token.generation == row.generation - 1 and row.unused < LOST_ANSWER:
        return "repeat"
    return "reuse"


async def _carry_on(
    connection: AsyncConnection, accounts: Accounts, row: Row[tuple[object, ...]], verdict: Verdict, origin: Origin
) -> Tokens:
    """Never beyond the session's absolute end, which no rotation moves."""
    generation = row.generation + (1 if verdict == "rotate" else 0)
    token = make_refresh_token(accounts.secrets, row.id, generation)
    if verdict == "rotate":
        rotating = text(
            "UPDATE session SET generation = :generation, token_hash = :token_hash, last_seen_at = clock_timestamp(), "
            "address = :address, user_agent = :user_agent WHERE id = :id"
        )
        values = {"id": row.id, "generation": generation, "token_hash": token.hash}
        await connection.execute(rotating, values | {"address": origin.address, "user_agent": origin.user_agent})
    return _tokens(accounts, row.account_id, token, row.expires_at)


async def _end_family(
    connection: AsyncConnection, accounts: Accounts, row: Row[tuple[object, ...]], verdict: Verdict, origin: Origin
) -> None:
    await revoke(connection, [row.id], accounts.settings.access_token_seconds)
    if verdict == "reuse":
        await history.record(connection, row.account_id, "refresh_token_reused", origin, row.id)
        log.warning(
            "refresh token reused: session ended",
            user_id=str(row.account_id),
            session_id=str(row.id),
            client=origin.address,
            request_id=origin.request_id,
        )


def _refused() -> UnauthorizedError:
    return UnauthorizedError("This refresh token holds no more; sign in.", "invalid_token")


async def end_sessions(accounts: Accounts, user_id: UUID, only: UUID | None = None, *, but: UUID | None = None) -> int:
    """All of a user's, or only one, or all but one; in effect everywhere when it returns. How many there were."""
    async with accounts.database.answering() as connection:
        number = await revoke_sessions(connection, accounts, user_id, only, but=but)
    if number:
        await accounts.revocations.settle()
    return number


async def revoke_sessions(
    connection: AsyncConnection, accounts: Accounts, user_id: UUID, only: UUID | None = None, *, but: UUID | None = None
) -> int:
    """In the caller's transaction; the caller settles after its commit."""
    ids = await _own(connection, user_id, only, but)
    return await revoke(connection, ids, accounts.settings.access_token_seconds)


async def _own(connection: AsyncConnection, user_id: UUID, only: UUID | None, but: UUID | None) -> Sequence[UUID]:
    query = text(
        "SELECT id FROM session WHERE account_id = :user_id AND (CAST(:only AS uuid) IS NULL OR id = :only) "
        "AND (CAST(:but AS uuid) IS NULL OR id <> :but) ORDER BY id FOR UPDATE"
    )
    return (await connection.execute(query, {"user_id": user_id, "only": only, "but": but})).scalars().all()
