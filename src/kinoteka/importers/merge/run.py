"""Merges the staged rows into the catalogue, statement by statement, in the caller's transaction."""

from collections.abc import Sequence
from contextlib import suppress

import asyncpg

from kinoteka.catalogue.editing.editor import IMPORT_LOCK
from kinoteka.catalogue.weights import REFRESH
from kinoteka.importers.merge import films, links, people
from kinoteka.importers.options import MERGE, Progress
from kinoteka.importers.report import Findings, Report
from kinoteka.importers.staging import TABLES, Connection

BULK_FILMS = 2000
"""From this many new or changed films on, or into an empty catalogue, the index is built anew instead of followed."""

_RESOLVE = (
    *(f"ANALYZE {table}" for table in TABLES),
    films.RESOLVE,
    films.REFUSE_DUPLICATES,
    people.RESOLVE_KEYED,
    people.RESOLVE_NAMED,
    people.GENRES,
    films.REFUSE_UNRESOLVED,
    "ANALYZE merge_film",
    "ANALYZE merge_person",
    people.CREDITS,
    people.FILM_GENRES,
    people.TITLES,
    "ANALYZE merge_credit",
    "ANALYZE merge_film_genre",
    "ANALYZE merge_title",
    links.CHANGED_LISTS,
    links.CHANGED_GENRES,
    links.CHANGED_TITLES,
    "INSERT INTO changed_list " + links.CHANGED_EXTERNAL_IDS,
    "ANALYZE changed_list",
    films.MARK_CHANGED,
)
_APPLY = (films.INSERT, films.UPDATE, *links.DELETE_CHANGED, *links.INSERT_LISTS)
_STEPS = len(_RESOLVE) + 2 + len(_APPLY) + 1
_ANALYZE = """
ANALYZE film, person, genre, credit, film_genre, alternative_title, film_external_id, person_external_id, title_claim
"""


async def merge(connection: Connection, findings: Findings, progress: Progress) -> None:
    """Everything but the commit. Statements that only a bulk import skips are the index's triggers.

    Nobody edits meanwhile: editors are told to wait, and those who have begun are waited for.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", IMPORT_LOCK)
    empty = not await connection.fetchval("SELECT EXISTS (SELECT FROM film)")
    await _execute(connection, _RESOLVE, progress, 0)
    await _report_findings(connection, findings)
    report = findings.report
    counts = await connection.fetchrow(films.COUNT)
    assert counts is not None  # an aggregate without GROUP BY answers one row  # noqa: S101
    report.new, report.changed, report.unchanged = counts
    report.bulk = empty or report.new + report.changed >= BULK_FILMS
    if report.bulk:
        await connection.execute("SET LOCAL kinoteka.bulk = 'on'")
    await _apply(connection, report, progress)
    if report.bulk and report.touched:
        await _analyze(connection)
        await connection.execute(REFRESH)
        await connection.execute("SELECT search_rebuild_needed('bulk import')")
    progress(MERGE, _STEPS, _STEPS, report.new + report.changed + report.unchanged)


async def _apply(connection: Connection, report: Report, progress: Progress) -> None:
    report.persons_new = await connection.fetchval(people.INSERT_PERSONS)
    report.persons_changed = await connection.fetchval(people.UPDATE_PERSONS)
    report.genres_new = await connection.fetchval(people.INSERT_GENRES)
    await _execute(connection, _APPLY, progress, len(_RESOLVE) + 2)


async def _execute(connection: Connection, statements: Sequence[str], progress: Progress, before: int) -> None:
    for done, statement in enumerate(statements, before):
        progress(MERGE, done, _STEPS, 0)
        await connection.execute(statement)


async def _analyze(connection: Connection) -> None:
    """The index is built from these tables right away: planned for empty ones, a chunk of 500 films out of a million
    took minutes. Whoever vacuums them at this moment counts them, too, and is not waited for longer than for a lock."""
    with suppress(asyncpg.LockNotAvailableError):
        async with connection.transaction():
            await connection.execute(_ANALYZE)


async def _report_findings(connection: Connection, findings: Findings) -> None:
    refused = "SELECT file, line, refusal, title FROM merge_film WHERE refusal IS NOT NULL ORDER BY file, line"
    async for file, line, refusal, title in connection.cursor(refused):
        findings.refuse(file, line, refusal, f"{title}: {films.REFUSALS[refusal]}")
    for query in (people.FIND_LOST_CREDITS, people.FIND_REPEATED_CREDITS, people.FIND_KEPT_NAMES):
        async for file, line, reason, person in connection.cursor(query):
            findings.mend(file, line, reason, people.MENDED[reason].format(person))
