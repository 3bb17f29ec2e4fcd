"""Does imports, one after the other, for as long as a process runs; any number of processes, each its own job.

A batch is one transaction: its rows in the report, what they change, and how far the job has come. So a process may
die anywhere: another goes on where the last batch ended, and nothing is done twice.
"""

import asyncio
from asyncio import Event
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from uuid import UUID, uuid4

import structlog
from msgspec.json import encode
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.changes import changing
from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.errors import InvalidError, KinotekaError
from kinoteka.me.imports import applying, jobs
from kinoteka.me.imports.applying import Told
from kinoteka.me.imports.entries import Entry
from kinoteka.me.imports.jobs import Job
from kinoteka.me.imports.matching import match_entries
from kinoteka.me.imports.reading import read_entries

POLL = 0.5
BATCH = 200
_AFTER_FAILURE = 5.0

log = structlog.get_logger("kinoteka.imports")


@asynccontextmanager
async def importing(editor: Editor) -> AsyncIterator[None]:
    """While the block runs, imports are done; at its end the batch that is under way is finished."""
    stop = Event()
    task = asyncio.create_task(_keep_on(editor, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task])


async def _keep_on(editor: Editor, stop: Event) -> None:
    while not stop.is_set():
        wait = POLL
        try:
            if await do_next(editor, stop):
                continue
        except Exception as error:  # the database may be back soon, and nobody else would try
            reason = error.detail if isinstance(error, KinotekaError) else f"{type(error).__name__}: {error}"
            log.warning("import interrupted", reason=reason)
            wait = _AFTER_FAILURE
        try:
            await asyncio.wait_for(stop.wait(), wait)
        except TimeoutError:
            continue


async def do_next(editor: Editor, stop: Event, only: UUID | None = None) -> bool:
    """Whether there was one to do. `only`: that one and no other."""
    async with editor.database.answering() as connection:
        job = await jobs.claim(connection, uuid4(), only)
    if job is None:
        return False
    if job.attempts > jobs.MOST_ATTEMPTS:
        await _finish(editor, job, "failed", "It was interrupted too often; send the file again.")
        return True
    log.info("import begins", source=job.source, rows=job.total, done=job.done, dry_run=job.dry_run)
    try:
        await _do(editor, job, stop)
    except _LostError:
        log.info("import left to others", source=job.source)
    except InvalidError as error:
        await _finish(editor, job, "failed", error.detail)
    return True


async def _finish(editor: Editor, job: Job, state: jobs.State, reason: str | None = None) -> None:
    async with editor.database.answering() as connection:
        await jobs.finish(connection, job, state, reason)
    log.info("import ended", source=job.source, state=state, reason=reason)


async def _do(editor: Editor, job: Job, stop: Event) -> None:
    entries = read_entries(job.source, job.content, job.file_name)
    await asyncio.to_thread(_skip, entries, job.done)
    done, counts = job.done, Counter(job.counts)
    while batch := await asyncio.to_thread(_take, entries):
        if stop.is_set():
            async with editor.database.answering() as connection:
                await jobs.let_go(connection, job)
            return
        counts += await _do_batch(editor, job, done, batch, counts)
        done += len(batch)
    await _finish(editor, job, "done")


def _skip(entries: Iterator[Entry], number: int) -> None:
    for _ in islice(entries, number):
        pass


def _take(entries: Iterator[Entry]) -> list[Entry]:
    return list(islice(entries, BATCH))


async def _do_batch(editor: Editor, job: Job, done: int, batch: list[Entry], counts: Counter[str]) -> Counter[str]:
    """Its rows by outcome. Raises _LostError, and nothing was done then."""
    async with changing(editor.database, editor.tokens) as begun:
        connection = begun.connection
        await _lock_account(connection, job.account)
        told = await _tell(connection, job, batch)
        if not job.dry_run:
            await begun.hold(_scored(told))
            await applying.apply(connection, job.account, told)
        outcomes = Counter(one.outcome for one in told)
        if not await jobs.advance(connection, job, done, done + len(batch), encode(counts + outcomes).decode()):
            raise _LostError("Another worker has the job, or its owner has undone it.")
        await applying.keep_rows(connection, job.id, done, told)
    return Counter(outcomes)


class _LostError(KinotekaError):
    """The job is not this worker's any more."""


async def _lock_account(connection: AsyncConnection, account: UUID) -> None:
    """Alone: what somebody scores meanwhile waits, so that the report says what was there before."""
    query = text("SELECT true FROM account WHERE id = :id FOR UPDATE")
    if not await connection.scalar(query, {"id": account}):
        raise _LostError("The account is gone, and the import with it.")


def _scored(told: list[Told]) -> list[tuple[Kind, UUID]]:
    changed = [one for one in told if one.entry.target == "ratings" and one.outcome in ("added", "changed")]
    return [("film", one.match.film.id) for one in changed if one.match.film]


async def _tell(connection: AsyncConnection, job: Job, batch: list[Entry]) -> list[Told]:
    matches = await match_entries(connection, batch)
    present = await applying.find_present(connection, job.id, job.account, matches)
    return applying.judge(batch, matches, present)
