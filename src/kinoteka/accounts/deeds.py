"""What was done under which Idempotency-Key, kept in PostgreSQL for a day."""

from base64 import b64decode, b64encode
from typing import Any

from msgspec.json import decode, encode
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.database import Database
from kinoteka.errors import ConflictError, Fault, InvalidError
from kinoteka.web.deed import Deed
from kinoteka.web.idempotency import Done

_PATIENCE = 60
"""Seconds after which a deed that was begun and never finished may be begun again: its process has died."""

_BEGIN = text(
    """
    INSERT INTO deed AS d (account_id, route, key, body_hash)
    VALUES (:account_id, :route, :key, :body_hash)
    ON CONFLICT (account_id, route, key) DO UPDATE SET begun_at = now(), body_hash = :body_hash, status = NULL
    WHERE d.begun_at < now() - interval '1 day'
       OR (d.status IS NULL AND d.begun_at < now() - make_interval(secs => :patience))
    RETURNING key
    """
)


_FIND = "SELECT body_hash, status, headers, answer, version FROM deed WHERE {this}"
_THIS = "account_id = :account_id AND route = :route AND key = :key"
_FINISH = text(
    "UPDATE deed SET status = :status, headers = CAST(:headers AS jsonb), answer = :answer, version = :version "
    f"WHERE {_THIS}"
)
_KEEP = text(
    """
    INSERT INTO deed AS d (account_id, route, key, body_hash, status, headers, answer, version)
    VALUES (:account_id, :route, :key, :body_hash, :status, CAST(:headers AS jsonb), :answer, :version)
    ON CONFLICT (account_id, route, key) DO UPDATE
    SET begun_at = now(), body_hash = :body_hash, status = :status, headers = excluded.headers, answer = :answer,
        version = :version
    """
)
# The account first, in every transaction that locks more: the row that is kept at the end refers to it.
_ALONE = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(:deed, 8)) FROM account WHERE id = :account_id FOR KEY SHARE"
)


class StoredDeeds:
    """web's Deeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, deed: Deed) -> Done | None:
        async with self._database.answering() as connection:
            given = {**_named(deed), "body_hash": deed.body, "patience": float(_PATIENCE)}
            if await connection.scalar(_BEGIN, given) is not None:
                return None
            row = (await connection.execute(text(_FIND.format(this=_THIS)), _named(deed))).one_or_none()
        return _done(deed, row)

    async def finish(self, deed: Deed, done: Done) -> None:
        async with self._database.answering() as connection:
            await connection.execute(_FINISH, {**_named(deed), **_kept(done)})

    async def give_up(self, deed: Deed) -> None:
        async with self._database.answering() as connection:
            await connection.execute(text(f"DELETE FROM deed WHERE {_THIS} AND status IS NULL"), _named(deed))


async def find_done(connection: AsyncConnection, deed: Deed) -> Done | None:
    """At the beginning of a transaction that does a deed and keeps its answer with it: until it ends nobody else does.

    So nothing is under way of which the transaction is gone. Raises like `begin`.
    """
    asked = {"deed": f"{deed.user_id} {deed.route} {deed.key}", "account_id": deed.user_id}
    if not await connection.scalar(_ALONE, asked):
        raise _under_way()
    lasting = f"{_THIS} AND begun_at >= now() - interval '1 day'"
    row = (await connection.execute(text(_FIND.format(this=lasting)), _named(deed))).one_or_none()
    return _done(deed, row) if row is not None else None


async def keep_done(connection: AsyncConnection, deed: Deed, done: Done) -> None:
    """At the end of that transaction."""
    await connection.execute(_KEEP, {**_named(deed), "body_hash": deed.body, **_kept(done)})


def _named(deed: Deed) -> dict[str, Any]:
    return {"account_id": deed.user_id, "route": deed.route, "key": deed.key}


def _kept(done: Done) -> dict[str, Any]:
    headers = encode([[b64encode(part).decode() for part in header] for header in done.headers]).decode()
    return {"status": done.status, "headers": headers, "answer": done.body, "version": done.version}


def _under_way() -> ConflictError:
    return ConflictError("The same request is under way; wait for its answer.")


def _done(deed: Deed, row: Row[tuple[Any, ...]] | None) -> Done:
    if row is None or (row.body_hash == deed.body and row.status is None):
        raise _under_way()
    if row.body_hash != deed.body:
        detail = "Was used with another body; make up a new one for each deed"
        raise InvalidError(
            "One parameter is wrong.", [Fault(code="reused", detail=detail, parameter="Idempotency-Key")]
        )
    listed = row.headers if isinstance(row.headers, list) else decode(row.headers)
    headers = tuple((b64decode(name), b64decode(value)) for name, value in listed)
    return Done(row.status, headers, bytes(row.answer), row.version)
