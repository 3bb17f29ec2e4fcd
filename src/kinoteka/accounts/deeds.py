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


class StoredDeeds:
    """web's Deeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, deed: Deed) -> Done | None:
        async with self._database.answering() as connection:
            given = {**_named(deed), "body_hash": deed.body, "patience": float(_PATIENCE)}
            if await connection.scalar(_BEGIN, given) is not None:
                return None
            query = text(f"SELECT body_hash, status, headers, answer, version FROM deed WHERE {_THIS}")
            row = (await connection.execute(query, _named(deed))).one_or_none()
        if row is None or (row.body_hash == deed.body and row.status is None):
            raise ConflictError("The same request is under way; wait for its answer.")
        if row.body_hash != deed.body:
            detail = "Was used with another body; make up a new one for each deed"
            raise InvalidError(
                "One parameter is wrong.", [Fault(code="reused", detail=detail, parameter="Idempotency-Key")]
            )
        return _done(row)

    async def finish(self, deed: Deed, done: Done) -> None:
        async with self._database.answering() as connection:
            await _keep(connection, deed, done)

    async def give_up(self, deed: Deed) -> None:
        async with self._database.answering() as connection:
            await connection.execute(text(f"DELETE FROM deed WHERE {_THIS} AND status IS NULL"), _named(deed))


async def keep_with(connection: AsyncConnection, deed: Deed, done: Done) -> None:
    """In the transaction that does it. Raises ConflictError when another request has taken it over meanwhile."""
    if not await _keep(connection, deed, done):
        raise ConflictError("This took so long that another request with the same key has done it; ask again.")


async def _keep(connection: AsyncConnection, deed: Deed, done: Done) -> bool:
    headers = encode([[b64encode(part).decode() for part in header] for header in done.headers]).decode()
    given = {"status": done.status, "headers": headers, "answer": done.body, "version": done.version}
    return bool((await connection.execute(_FINISH, {**_named(deed), **given})).rowcount)


_THIS = "account_id = :account_id AND route = :route AND key = :key"

_FINISH = text(
    "UPDATE deed SET status = :status, headers = CAST(:headers AS jsonb), answer = :answer, version = :version "
    f"WHERE {_THIS} AND status IS NULL"
)


def _named(deed: Deed) -> dict[str, Any]:
    return {"account_id": deed.user_id, "route": deed.route, "key": deed.key}


def _done(row: Row[tuple[Any, ...]]) -> Done:
    listed = row.headers if isinstance(row.headers, list) else decode(row.headers)
    headers = tuple((b64decode(name), b64decode(value)) for name, value in listed)
    return Done(row.status, headers, bytes(row.answer), row.version)
