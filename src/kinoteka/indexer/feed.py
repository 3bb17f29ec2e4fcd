"""The feed of one process: what its consumer and its full build share, and one batch from claim to acknowledgement."""

from asyncio import CancelledError, Lock, ensure_future, shield, wait
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from kinoteka.cache.port import Tokens
from kinoteka.cache.snapshot import Snapshot
from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.database import Database
from kinoteka.errors import UnavailableError
from kinoteka.indexer import capture, dead_letters, extract, targets
from kinoteka.indexer.capture import Connection, Ref
from kinoteka.indexer.connection import BARRIER
from kinoteka.indexer.extract import Failure, Made
from kinoteka.indexer.phases import Phases
from kinoteka.search.documents import Document
from kinoteka.search.engine import Refused, SearchEngine

MOST, SLOW = 500, 100
"""Outbox rows in one batch, and those of the slow lane that are taken however many direct changes wait."""
GENRES_APART, GENRES_SHARE = 0.2, 5
"""Nearly every change of a film changes how many films a genre has, and counting them is dear: it is done at most every
so many seconds, and at most in this fraction of the time."""
MOST_AGE = 10.0
"""Seconds after its claim in which a batch may be sent. An engine remembers deletes for a while only, and what was read
before one must not come after it is forgotten."""

Write = Callable[[Sequence[Document], Sequence[Ref]], Coroutine[Any, Any, list[Refused]]]
T = TypeVar("T")


class StaleBatchError(UnavailableError):
    """Making the batch took so long that it must not be written any more."""


@dataclass
class Feed:
    """`touched`: documents claimed while a sole writer's full build is under way, to be read again before it is
    published; `rebuild_seen`: the newest rebuild request that is not fulfilled, as far as is known."""

    database: Database
    engine: SearchEngine
    tokens: Tokens
    touched: set[Ref] | None = None
    rebuild_seen: int | None = None
    gate: Lock = field(default_factory=Lock)
    phases: Phases = field(default_factory=Phases)

    def turn(self) -> AbstractAsyncContextManager[None]:
        """A sole writer does one thing at a time: a batch or the last step of a build."""
        return nullcontext() if self.engine.is_shared else self.gate

    def touch(self, refs: Iterable[Ref]) -> None:
        if self.touched is not None:
            self.touched.update(refs)

    async def announce(self, refs: set[Ref], seen: Snapshot, answers: Iterable[Ref] = ()) -> None:
        """These are visible in the index now, as the database was to `seen` or later; and so are these `answers`, put
        together from other documents."""
        kinds: set[str] = {kind for kind, _ in refs}
        await self.tokens.renew([*kinds, *(document_token(*ref) for ref in refs.union(answers))], seen)

    async def expect_rebuild(self, request: int) -> None:
        """From here on nothing in the index counts as current until a build is published."""
        if request != self.rebuild_seen:
            self.rebuild_seen = request
            await self.tokens.hold(KINDS)
            await self.tokens.renew_all()

    async def settle_rebuild(self) -> None:
        """No rebuild is due any more, or none ever was as far as this process knows."""
        if self.rebuild_seen or any(map(self.tokens.is_pending, KINDS)):
            await self.announce_rebuilt()
        self.rebuild_seen = None

    async def announce_rebuilt(self) -> None:
        self.rebuild_seen = None
        await self.tokens.renew_all()
        await self.tokens.release(KINDS)


def document_token(kind: Kind, doc_id: UUID) -> str:
    return f"{kind}:{doc_id}"


async def process_batch(feed: Feed, connection: Connection, paced: bool = True) -> int:
    """How many events were done. The order of the steps is what keeps any change from being lost: see sync.md.

    `paced`: genres wait for their turn.
    """
    timed, began = feed.phases.timed, monotonic()
    async with feed.turn(), connection.transaction(isolation="read_committed"):
        builds = await _find_builds(feed, connection)
        if builds is None:
            return 0
        with timed("claim"):
            turn = await capture.take_genres(connection)
            events = await capture.claim(connection, MOST, SLOW, genres=turn or not paced)
        if not events:
            return 0
        with timed("build"):
            version, seen = await capture.draw_version(connection), await capture.get_snapshot(connection)
            refs = await capture.expand(connection, events)
            filmographies = await capture.find_filmographies(connection, events)
            feed.touch(refs)
            made = await _make(connection, refs, turn)
        with timed("write"):
            _check_age(began)
            write = partial(feed.engine.write, version=version, builds=builds)
            failures = made.failures + await write_each(write, made.documents, made.missing)
        with timed("acknowledge"):
            await feed.announce(refs, seen, filmographies)
            await _settle(connection, version, refs, failures)
    feed.phases.count_batch(len(refs), len(failures))
    feed.phases.counts["conflicts"] = feed.engine.conflicts
    if len(made.documents) > len(failures):
        feed.phases.acknowledged = max(feed.phases.acknowledged, version)
    return len(events)


async def process_all(feed: Feed, connection: Connection) -> None:
    """Everything that waits, genres too, at no pace but the machine's."""
    while await process_batch(feed, connection, paced=False):
        pass


async def _find_builds(feed: Feed, connection: Connection) -> list[str] | None:
    """What a batch writes to; None while there is nothing to write to. From here to the end of its transaction no
    build that it does not know may begin to stream."""
    if not feed.engine.is_shared:
        return [] if await feed.engine.find_build() else None
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", BARRIER)
    return await targets.list_written(connection, feed.engine.layout) or None


def _check_age(began: float) -> None:
    age = monotonic() - began
    if age > MOST_AGE:
        raise StaleBatchError(f"Reading a batch took {age:.0f} s: it is read again.")


async def _make(connection: Connection, refs: set[Ref], turn: bool) -> Made:
    """Genres last, so that the time they take is known; `turn`: theirs had come."""
    genres = {ref for ref in refs if ref[0] == "genre"}
    made = await extract.make_by_id(connection, refs - genres)
    if genres:
        began = monotonic()
        counted = await extract.make_by_id(connection, genres)
        if turn:
            await capture.leave_genres(connection, max(GENRES_APART, GENRES_SHARE * (monotonic() - began)))
        made = Made(
            made.documents + counted.documents, made.failures + counted.failures, made.missing + counted.missing
        )
    return made


async def _settle(connection: Connection, version: int, refs: set[Ref], failures: Sequence[Failure]) -> None:
    await dead_letters.forget(connection, refs - {(failure.kind, failure.id) for failure in failures})
    await dead_letters.keep(connection, version, failures)


async def write_each(write: Write, documents: Sequence[Document], deleted: Sequence[Ref] = ()) -> list[Failure]:
    """Writes all that can be written, and answers which the engine refused. Those that make it fail are found by
    halving.

    Raises what `write` raised when the engine or the machine is at fault, or when it failed for each single one.
    """
    items: list[Document | Ref] = [*documents, *deleted]
    if not items:
        return []
    failures = await _write_halving(write, items)
    if len(items) > 1 and sum(failure.status == "write" for failure in failures) == len(items):
        raise UnavailableError(f"The index takes no document: {failures[0].reason}")
    return failures


async def _write_halving(write: Write, items: Sequence[Document | Ref]) -> list[Failure]:
    try:
        refused = await whole(
            write([i for i in items if isinstance(i, Document)], [i for i in items if not isinstance(i, Document)])
        )
    except (UnavailableError, OSError, MemoryError):
        raise
    except Exception as error:  # what an engine says about one document it refuses is its own affair
        if len(items) > 1:
            half = len(items) // 2
            return await _write_halving(write, items[:half]) + await _write_halving(write, items[half:])
        kind, doc_id = (items[0].kind, items[0].id) if isinstance(items[0], Document) else items[0]
        return [Failure(kind, doc_id, "write", f"{type(error).__name__}: {error}")]
    return [Failure(one.kind, one.id, "refused", one.reason) for one in refused]


async def whole(step: Coroutine[Any, Any, T]) -> T:
    """Runs an engine's step to its end even when the task is cancelled: it may be half-way in a thread."""
    task = ensure_future(step)
    try:
        return await shield(task)
    except CancelledError:
        await wait([task])
        raise
