"""Imports as jobs in PostgreSQL: made by a request, claimed by whichever worker comes first, done batch by batch."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.errors import ConflictError, NotFoundError
from kinoteka.me.imports.reading import SourceName

State = Literal["waiting", "running", "done", "failed", "undone"]

LEASE = 30
"""Seconds after its last batch in which nobody else takes a job over."""
MOST_ATTEMPTS = 5
MOST_UNFINISHED = 3
MOST_KEPT = 20
"""Of one account. Older ones go, with their reports; then they cannot be undone any more."""

_CREATE = text(
    """
    INSERT INTO own_import (account_id, source, file_name, dry_run, content, total)
    VALUES (:account, :source, :file_name, :dry_run, :content, :total) RETURNING id
    """
)
_UNFINISHED = text("SELECT count(*) FROM own_import WHERE account_id = :account AND state IN ('waiting', 'running')")
_FORGET = text(
    """
    DELETE FROM own_import WHERE id IN (
        SELECT id FROM own_import WHERE account_id = :account AND state NOT IN ('waiting', 'running')
        ORDER BY created_at DESC, id OFFSET :kept)
    """
)
_CLAIM = text(
    """
    UPDATE own_import SET state = 'running', holder = :holder, attempts = attempts + 1,
           lease_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE id = (SELECT id FROM own_import
                WHERE (state = 'waiting' OR (state = 'running' AND lease_until < clock_timestamp()))
                      AND (CAST(:only AS uuid) IS NULL OR id = :only)
                ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id, account_id, source, file_name, dry_run, content, done, total, counts, attempts
    """
)
_ADVANCE = text(
    """
    UPDATE own_import SET done = :done, counts = CAST(:counts AS jsonb),
           lease_until = clock_timestamp() + make_interval(secs => :lease)
    WHERE id = :id AND holder = :holder AND state = 'running' AND done = :before
    """
)
_FINISH = text(
    """
    UPDATE own_import SET state = :state, reason = :reason, content = NULL, holder = NULL, lease_until = NULL,
           finished_at = now()
    WHERE id = :id AND holder = :holder AND state = 'running'
    """
)
_LET_GO = text(
    """
    UPDATE own_import SET state = 'waiting', holder = NULL, lease_until = NULL, attempts = attempts - 1
    WHERE id = :id AND holder = :holder AND state = 'running'
    """
)
COLUMNS = "id, source, file_name, dry_run, state, done, total, counts, reason, created_at, finished_at, undone_at"
_GET = text(f"SELECT {COLUMNS} FROM own_import WHERE id = :id AND account_id = :account")


class Job(Struct, frozen=True):
    """Held by `holder` for as long as it goes on; `done`: rows of the report that are written."""

    id: UUID
    holder: UUID
    account: UUID
    source: SourceName
    file_name: str
    dry_run: bool
    content: bytes
    done: int
    total: int
    counts: dict[str, int]
    attempts: int


class OwnImport(Struct, frozen=True, kw_only=True):
    """`counts`: rows by outcome, so far."""

    id: UUID
    source: SourceName
    file_name: str
    dry_run: bool
    state: State
    done: int
    total: int
    counts: dict[str, int]
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


class NewImport(Struct, frozen=True, kw_only=True):
    source: SourceName
    file_name: str
    dry_run: bool
    content: bytes
    total: int


async def create(connection: AsyncConnection, account: UUID, new: NewImport) -> UUID:
    """Raises ConflictError while several others of the account are not finished."""
    await connection.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": account})
    unfinished: int = (await connection.execute(_UNFINISHED, {"account": account})).scalar_one()
    if unfinished >= MOST_UNFINISHED:
        raise ConflictError(f"{unfinished} imports of yours are not finished yet; wait for them.")
    await connection.execute(_FORGET, {"account": account, "kept": MOST_KEPT - 1})
    values = {
        "account": account,
        "source": new.source,
        "file_name": new.file_name,
        "dry_run": new.dry_run,
        "content": new.content,
        "total": new.total,
    }
    import_id: UUID = (await connection.execute(_CREATE, values)).scalar_one()
    return import_id


async def get_import(connection: AsyncConnection, account: UUID, import_id: UUID) -> OwnImport:
    """Raises NotFoundError."""
    row = (await connection.execute(_GET, {"id": import_id, "account": account})).one_or_none()
    if row is None:
        raise NotFoundError(f"You have no import with the id {import_id}.")
    return import_of(row)


def import_of(row: Row[Any]) -> OwnImport:
    return OwnImport(**{name: getattr(row, name) for name in OwnImport.__struct_fields__})


async def claim(connection: AsyncConnection, holder: UUID, only: UUID | None = None) -> Job | None:
    """The oldest that waits, or that nobody has gone on with for the time of a lease."""
    values = {"holder": holder, "lease": LEASE, "only": only}
    row = (await connection.execute(_CLAIM, values)).one_or_none()
    if row is None:
        return None
    return Job(
        id=row.id,
        holder=holder,
        account=row.account_id,
        source=row.source,
        file_name=row.file_name,
        dry_run=row.dry_run,
        content=bytes(row.content),
        done=row.done,
        total=row.total,
        counts=dict(row.counts),
        attempts=row.attempts,
    )


async def advance(connection: AsyncConnection, job: Job, before: int, done: int, counts: str) -> bool:
    """Whether the job is still this worker's, at the place that it knows; no other transaction passes meanwhile.

    `counts`: as JSON.
    """
    values = {"id": job.id, "holder": job.holder, "lease": LEASE, "before": before, "done": done, "counts": counts}
    return (await connection.execute(_ADVANCE, values)).rowcount > 0


async def finish(connection: AsyncConnection, job: Job, state: State, reason: str | None = None) -> None:
    await connection.execute(_FINISH, {"id": job.id, "holder": job.holder, "state": state, "reason": reason})


async def let_go(connection: AsyncConnection, job: Job) -> None:
    """Somebody else may go on with it at once."""
    await connection.execute(_LET_GO, {"id": job.id, "holder": job.holder})
