"""One change of the catalogue: a transaction, its marks in front of COMMIT, its answer behind."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.deeds import find_done, keep_done
from kinoteka.cache.port import Tokens
from kinoteka.catalogue.changes import changing
from kinoteka.catalogue.documents import Kind, Record
from kinoteka.database import Database
from kinoteka.errors import ConflictError, Fault, UnavailableError
from kinoteka.web.answer import PRIVATE, Answer
from kinoteka.web.decode import Call, invalid
from kinoteka.web.idempotency import done

T = TypeVar("T")
Ref = tuple[Kind, UUID]

IMPORT_LOCK = 0x6D657267  # "merg": whoever edits shares it, an import that merges has it alone
_MOST_MARKED = 500
"""Documents marked for one change; of a wider one, those it is about and as many others."""


@dataclass(frozen=True)
class Editor:
    """`database`: with the patience of writers."""

    database: Database
    tokens: Tokens


@dataclass(frozen=True)
class Written:
    """`touched`: the documents that are not in the index as they are now, the one it is about first."""

    answer: Answer
    touched: Sequence[Ref] = ()


Work = Callable[[AsyncConnection], Awaitable[Written]]


async def commit(editor: Editor, call: Call[Any], work: Work) -> Answer:
    """Reads of what was written see it from every process once this returns."""
    async with changing(editor.database, editor.tokens) as begun:
        if call.deed is not None and (before := await find_done(begun.connection, call.deed)):
            return before.answer()
        await _keep_imports_out(begun.connection)
        written = await work(begun.connection)
        if call.deed is not None:
            await keep_done(begun.connection, call.deed, done(written.answer))
        await begun.hold(written.touched[:_MOST_MARKED])
    return written.answer


async def _keep_imports_out(connection: AsyncConnection) -> None:
    query = text("SELECT pg_try_advisory_xact_lock_shared(:lock)")
    if not await connection.scalar(query, {"lock": IMPORT_LOCK}):
        raise UnavailableError("An import is being merged into the catalogue; try again in a moment.", retry_after=5)


async def look(editor: Editor, query: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """What PostgreSQL says now; nothing is changed."""
    async with editor.database.answering() as connection:
        return await query(connection)


def refs(kind: Kind, ids: Iterable[UUID | str]) -> list[Ref]:
    return [(kind, id_ if isinstance(id_, UUID) else UUID(id_)) for id_ in ids]


def shown(record: Record) -> Answer:
    """The new representation, with the ETag that a read gives it."""
    return Answer(record.body, record.version, cache_control=PRIVATE)


def created(kind: Kind, record: Record) -> Answer:
    location = (b"location", f"/api/v1/{kind}s/{record.id}".encode())
    return Answer(record.body, record.version, (location,), 201, cache_control=PRIVATE)


def refuse(faults: Sequence[Fault], conflicts: Sequence[Fault] = ()) -> None:
    """Raises InvalidError when there are faults, with the conflicts; ConflictError when there are conflicts alone."""
    if faults:
        raise invalid([*faults, *conflicts])
    if conflicts:
        raise ConflictError(f"{conflicts[0].detail}.", list(conflicts))
