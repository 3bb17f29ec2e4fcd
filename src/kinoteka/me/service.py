"""What joins subjects around one person: all that is kept of them, and its end."""

from collections.abc import AsyncGenerator

from msgspec.json import encode
from sqlalchemy import text

from kinoteka.accounts import audit, users
from kinoteka.accounts.audit import Actor
from kinoteka.accounts.context import Accounts
from kinoteka.accounts.sessions import revoke_sessions
from kinoteka.accounts.sign_in import check_current_password
from kinoteka.ratings.repository import take_names_away
from kinoteka.web.guard import Caller

_BATCH = 500

_SESSIONS = "SELECT id, started_at, last_seen_at, address, user_agent FROM session WHERE account_id = :id ORDER BY 2"
_SIGN_INS = """
SELECT at, success, reason, address, user_agent, session_id FROM sign_in WHERE account_id = :id ORDER BY at DESC, id
"""
_RATINGS = """
SELECT f.id AS film_id, f.title, f.year, r.score / 2.0::float8 AS score, r.rated_at
FROM rating AS r JOIN film AS f ON f.id = r.film_id WHERE r.account_id = :id ORDER BY r.rated_at, f.id
"""
_ENTRIES = """
SELECT f.id AS film_id, f.title, f.year, e.added_at
FROM list_entry AS e JOIN film AS f ON f.id = e.film_id WHERE e.account_id = :id AND e.list = '{}'
ORDER BY e.added_at, f.id
"""
_PARTS = {
    "sessions": _SESSIONS,
    "logins": _SIGN_INS,
    "ratings": _RATINGS,
    "favourites": _ENTRIES.format("favourites"),
    "wishlist": _ENTRIES.format("wishlist"),
}


async def stream_own_data(accounts: Accounts, caller: Caller) -> AsyncGenerator[bytes]:
    """One JSON object, a batch of rows in memory at a time. Deleted films are in it: they may come back."""
    async with accounts.database.transaction() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        user = await users.get_user(connection, caller.user_id)
        yield b'{"user":' + encode(user)
        for name, query in _PARTS.items():
            yield f',"{name}":['.encode()
            glue = b""
            result = await connection.stream(text(query), {"id": caller.user_id})
            async for rows in result.mappings().partitions(_BATCH):
                yield glue + b",".join(encode(dict(row)) for row in rows)
                glue = b","
            yield b"]"
        yield b"}"


async def delete_own_account(
    accounts: Accounts, caller: Caller, actor: Actor, current_password: str, *, keep_ratings: bool
) -> None:
    """At once and for good. Raises InvalidError for a wrong password, ConflictError for the last administrator.

    `keep_ratings`: as nobody's; films keep their ratings.
    """
    await check_current_password(accounts, caller.user_id, current_password)
    async with accounts.database.answering() as connection:
        await users.lock_admins(connection)
        await users.lock_user(connection, caller.user_id)
        await users.keep_an_admin(connection, caller.user_id)
        await revoke_sessions(connection, accounts, caller.user_id)
        await audit.write(connection, actor, "user.delete_self", "user", caller.user_id)
        if keep_ratings:
            await take_names_away(connection, caller.user_id)
        await users.erase_user(connection, caller.user_id)
    await accounts.revocations.settle()
