"""Imports as the command line and the demo catalogue call them. Each is one transaction: all of it or nothing."""

import asyncio
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from pathlib import Path

import asyncpg

from kinoteka.database import Database
from kinoteka.errors import ConflictError
from kinoteka.importers import csv_rows, films, jsonl
from kinoteka.importers.imdb import folder as imdb_folder
from kinoteka.importers.merge import run as merge
from kinoteka.importers.options import ImdbOptions, ImportOptions, Progress, no_progress
from kinoteka.importers.report import Findings, Report, open_findings
from kinoteka.importers.rows import FilmRow
from kinoteka.importers.staging import Connection, Stage, create_stage

_LOCK = 0x696D706F  # "impo": one import at a time
_PENDING_SECONDS = 0.1  # two polls of the indexer: from then on the server knows that a rebuild is due
_DEFAULT_OPTIONS = ImportOptions()
_DEFAULT_IMDB_OPTIONS = ImdbOptions()

Load = Callable[[Stage, Findings, Progress], Awaitable[None]]


async def import_imdb(
    database: Database, folder: Path, options: ImdbOptions = _DEFAULT_IMDB_OPTIONS, progress: Progress = no_progress
) -> Report:
    """IMDb's public TSV files in `folder`; raises UsageError when title.basics is missing or a file is damaged."""

    async def load(stage: Stage, findings: Findings, progress: Progress) -> None:
        await imdb_folder.load(stage, findings, folder, options, progress)

    return await _import(database, load, options, progress)


async def import_csv(
    database: Database, path: Path, options: ImportOptions = _DEFAULT_OPTIONS, progress: Progress = no_progress
) -> Report:
    """Kinoteka's own CSV, plain or gzipped; `-` is standard input. Raises UsageError on a header that is not ours."""

    async def load(stage: Stage, findings: Findings, progress: Progress) -> None:
        await csv_rows.load(stage, findings, path, progress)

    return await _import(database, load, options, progress)


async def import_jsonl(
    database: Database, path: Path, options: ImportOptions = _DEFAULT_OPTIONS, progress: Progress = no_progress
) -> Report:
    """Films as the API answers or takes them, one JSON object a line; plain or gzipped, `-` is standard input."""

    async def load(stage: Stage, findings: Findings, progress: Progress) -> None:
        await jsonl.load(stage, findings, path, progress)

    return await _import(database, load, options, progress)


async def import_films(
    database: Database,
    rows: Iterable[FilmRow] | AsyncIterable[FilmRow],
    options: ImportOptions = _DEFAULT_OPTIONS,
    progress: Progress = no_progress,
) -> Report:
    """Films made in Python; in the report their line is their place in the sequence, from 1."""

    async def load(stage: Stage, findings: Findings, progress: Progress) -> None:
        await films.load(stage, findings, rows, progress)

    return await _import(database, load, options, progress)


async def _import(database: Database, load: Load, options: ImportOptions, progress: Progress) -> Report:
    started = time.monotonic()
    report = Report(dry_run=options.dry_run)
    with open_findings(report, options.report) as findings:
        connection = await database.connect(
            application_name="kinoteka import",
            work_mem="64MB",
            temp_buffers="64MB",
            jit="off",
            client_connection_check_interval="1s",
            lock_timeout="30s",
        )
        try:
            await _in_one_transaction(connection, load, findings, progress)
        except asyncpg.LockNotAvailableError as error:
            raise ConflictError("Another import is running; wait for it to end and try again.") from error
        except asyncpg.PostgresError as error:
            raise ConflictError(f"PostgreSQL refused the import, and nothing was changed: {error}.") from error
        finally:
            connection.terminate()
    if report.bulk and report.touched and not options.dry_run:
        await asyncio.sleep(_PENDING_SECONDS)
    report.seconds = time.monotonic() - started
    return report


async def _in_one_transaction(connection: Connection, load: Load, findings: Findings, progress: Progress) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    stage = await create_stage(connection)
    await load(stage, findings, progress)
    await stage.flush()
    await merge.merge(connection, findings, progress)
    if findings.report.dry_run:
        await transaction.rollback()
    else:
        await transaction.commit()
