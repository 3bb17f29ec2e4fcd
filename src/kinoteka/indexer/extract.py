"""Records and documents out of PostgreSQL: some by id, or all of them in the order of their ids."""

from asyncio import create_task, sleep
from collections.abc import AsyncIterator, Iterable, Sequence
from operator import itemgetter
from time import monotonic, perf_counter
from typing import TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.json import format as format_json

from kinoteka.catalogue.documents import INDEXED, KINDS, Kind, Record
from kinoteka.indexer.capture import Connection, Ref
from kinoteka.search.documents import Document, make_document

CHUNK = 200
"""Records read at once while all of them stream by, unless told otherwise."""
PIECE = 250
"""Records read at once by id."""
SLICE = 0.002
"""Seconds of computing after which other tasks of the process have a turn."""


T = TypeVar("T")


class Failure(Struct, frozen=True):
    """`status`: the document could not be made (build), made the engine fail (write) or was refused by it (refused)."""

    kind: Kind
    id: UUID
    status: str
    reason: str


class Made(Struct, frozen=True):
    """`missing`: asked for and not there, or deleted."""

    documents: list[Document]
    failures: list[Failure]
    missing: list[Ref]


class Chunk(Struct, frozen=True):
    """All records of a kind past the id `after`, up to `last`, as of `read`, a moment on the clock of `monotonic`."""

    kind: Kind
    after: UUID | None
    last: UUID
    rows: Sequence[asyncpg.Record]
    read: float


_BY_ID: dict[Kind, str] = {kind: statement.replace(":ids", "$1") for kind, statement in INDEXED.items()}
_LOWEST = UUID(int=0)


async def read_records(connection: Connection, kind: Kind, ids: Sequence[UUID]) -> list[Record]:
    """As they are now; in no order, and without those that are deleted or unknown."""
    return [to_record(row) for row in await connection.fetch(_BY_ID[kind], ids)]


async def make_by_id(connection: Connection, refs: Iterable[Ref]) -> Made:
    """The documents of these as they are now."""
    made = Made([], [], [])
    missing = set(refs)
    async for kind, rows in _one_ahead(_fetch(connection, missing.copy())):
        await _make(kind, rows, made)
        missing.difference_update((kind, row["id"]) for row in rows)
    made.missing.extend(missing)
    return made


async def _fetch(connection: Connection, refs: set[Ref]) -> AsyncIterator[tuple[Kind, list[asyncpg.Record]]]:
    """In pieces, so that PostgreSQL works on the next while documents are made of the last."""
    for kind in KINDS:
        ids = [doc_id for of_kind, doc_id in refs if of_kind == kind]
        for start in range(0, len(ids), PIECE):
            yield kind, await connection.fetch(_BY_ID[kind], ids[start : start + PIECE])


async def stream(
    connection: Connection, kind: Kind, after: UUID | None = None, size: int = CHUNK
) -> AsyncIterator[Chunk]:
    """Every record of a kind by ascending id, a chunk at a time; each chunk as of the moment it is read."""
    async for chunk in _one_ahead(_chunks(connection, kind, after, size)):
        yield chunk


async def make_chunk(chunk: Chunk) -> Made:
    made = Made([], [], [])
    await _make(chunk.kind, chunk.rows, made)
    return made


async def stream_records(connection: Connection, kind: Kind) -> AsyncIterator[Record]:
    """As `stream`, without making documents."""
    async for chunk in _chunks(connection, kind, None, CHUNK):
        async for row in in_slices(chunk.rows):
            yield to_record(row)


async def _chunks(connection: Connection, kind: Kind, after: UUID | None, size: int) -> AsyncIterator[Chunk]:
    page = f"SELECT id FROM {kind} WHERE id {{}} $1 AND deleted_at IS NULL ORDER BY id LIMIT {size}"
    ids = await connection.fetch(page.format(">" if after else ">="), after or _LOWEST)
    while ids:
        began, last = monotonic(), ids[-1]["id"]
        rows = await connection.fetch(_BY_ID[kind], [row["id"] for row in ids])
        yield Chunk(kind, after, last, sorted(rows, key=itemgetter("id")), began)
        after = last
        ids = await connection.fetch(page.format(">"), after)


async def read_again(connection: Connection, chunk: Chunk) -> Chunk:
    """The same range of ids as it is now."""
    began = monotonic()
    within = f"SELECT id FROM {chunk.kind} WHERE ($1::uuid IS NULL OR id > $1) AND id <= $2 AND deleted_at IS NULL"
    ids = await connection.fetch(within, chunk.after, chunk.last)
    rows = await connection.fetch(_BY_ID[chunk.kind], [row["id"] for row in ids])
    return Chunk(chunk.kind, chunk.after, chunk.last, rows, began)


async def _one_ahead(items: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same items; the next one is fetched while the last is worked on."""
    coming = create_task(_next(items))
    try:
        while item := await coming:
            coming = create_task(_next(items))
            yield item
    finally:
        coming.cancel()


async def _next(items: AsyncIterator[T]) -> T | None:
    return await anext(items, None)


async def _make(kind: Kind, rows: Sequence[asyncpg.Record], made: Made) -> None:
    async for row in in_slices(rows):
        try:
            made.documents.append(make_document(kind, to_record(row)))
        except Exception as error:  # whatever is wrong with one document must not stop the others
            made.failures.append(Failure(kind, row["id"], "build", f"{type(error).__name__}: {error}"))


async def in_slices(rows: Iterable[asyncpg.Record]) -> AsyncIterator[asyncpg.Record]:
    """The same rows, pausing for other tasks whenever SLICE is used up, so that no request waits for long."""
    until = perf_counter() + SLICE
    for row in rows:
        yield row
        if perf_counter() > until:
            await sleep(0)
            until = perf_counter() + SLICE


def to_record(row: asyncpg.Record) -> Record:
    return Record(row["id"], row["version"], _compact(row["body"]), _compact(row["item"]))


def _compact(document: str) -> bytes:
    return format_json(document.encode(), indent=-1)
