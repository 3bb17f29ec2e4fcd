"""PostgreSQL from a dump, in one transaction: pg_restore makes SQL of it, psql runs that SQL, we say COMMIT.

Until then whatever fails, or the death of any process, leaves the database as it was. pg_restore cannot do it alone:
it sets a parameter that servers before 17 do not know, and knows neither our conditions nor our last checks.
"""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import suppress

from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.objects import DamagedObjectError, Objects
from kinoteka.ops.backup.create import Progress
from kinoteka.ops.backup.manifest import BadBackupError, Manifest
from kinoteka.ops.postgres_tools import Tool, run_tool
from kinoteka.ops.restore.emptiness import HoldsDataError, clearing_script

_CHUNK = 2**18
_HEAD = 2**13
_UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
_DATA_FOUND = "the database holds data"

_BEGIN = """
SET lock_timeout = '60s';
SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
BEGIN;
"""
_CHECK = """
DO $$
DECLARE
    wanted record;
    found bigint;
BEGIN
    FOR wanted IN SELECT * FROM (VALUES {rows}) AS noted (place, rows) LOOP
        EXECUTE format('SELECT count(*) FROM %I', wanted.place) INTO found;
        IF found <> wanted.rows THEN
            RAISE EXCEPTION 'the dump holds % rows of % and not %', found, wanted.place, wanted.rows;
        END IF;
    END LOOP;
    IF (SELECT version_num FROM alembic_version) <> '{revision}' THEN
        RAISE EXCEPTION 'the dump is of another schema than the manifest says';
    END IF;
END $$;
"""
# An index that was there before, or comes from the same backup, may be newer than this database and must not win over
# what is written from now on; and until it has been compared, or built anew, no reader may rely on it.
_INDEX = """
DO $$
BEGIN
    IF to_regclass('search_epoch') IS NOT NULL THEN
        UPDATE search_epoch SET g = greatest(g, {epoch});
        PERFORM search_rebuild_needed('{reason}');
    END IF;
END $$;
"""
REASON = "restored from a backup"
_EPOCH_BITS = 40


async def restore_database(
    database: Database, objects: Objects, manifest: Manifest, progress: Progress, index_version: int | None = None
) -> None:
    """`index_version`: the highest of the index that will stand beside it; the same transaction asks for a rebuild of
    that. None: no index will.

    Raises HoldsDataError, BadBackupError or UsageError; the database is then as it was.
    """
    words = ("--no-psqlrc", "--quiet", "--tuples-only", "--set", "ON_ERROR_STOP=1", "--file", "-", "--no-password")
    async with (
        run_tool("pg_restore", None, *_reading(manifest.schema), given=True) as reader,
        run_tool("psql", database.dsn, *words, given=True, taken=False) as writer,
    ):
        feeding = asyncio.create_task(_feed(reader, objects.stream_part(manifest.database), progress, manifest))
        try:
            await _pass_on(reader, _stdin(writer), manifest, index_version, feeding)
        except (BrokenPipeError, ConnectionResetError):
            raise _failure(manifest.name, await writer.end() or "psql ended too early") from None
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])
        if reason := await writer.end():
            raise _failure(manifest.name, reason)


def _reading(schema: str) -> tuple[str, ...]:
    """The schema's objects but not the schema, which is there."""
    return ("--file", "-", "--schema", schema, "--no-owner", "--no-privileges", "--exit-on-error")


async def _pass_on(
    reader: Tool, sql: StreamWriter, manifest: Manifest, index_version: int | None, feeding: "asyncio.Task[None]"
) -> None:
    """From the first statement to COMMIT, which is written only when all before it has been."""
    await _send(sql, (_BEGIN + clearing_script()).encode())
    async for chunk in _statements(_stdout(reader)):
        await _send(sql, chunk)
    try:
        await feeding
    except DamagedObjectError as damage:
        raise BadBackupError(manifest.name, damage.detail) from None
    if reason := await reader.end():
        raise BadBackupError(manifest.name, f"its dump cannot be read: {reason.rstrip('.')}")
    await _send(sql, _ending(manifest, index_version).encode())
    sql.close()
    await sql.wait_closed()


def _ending(manifest: Manifest, index_version: int | None) -> str:
    rows = ", ".join(f"('{table}', {facts.rows})" for table, facts in manifest.tables.items())
    checks = _CHECK.format(rows=rows, revision=manifest.revision)
    index = "" if index_version is None else _INDEX.format(epoch=(index_version >> _EPOCH_BITS) + 1, reason=REASON)
    return "RESET search_path;\n" + checks + index + "COMMIT;\n"


async def _statements(output: StreamReader) -> AsyncIterator[bytes]:
    """Without the one that older servers do not know; it stands in the head, before any data."""
    head = b""
    while len(head) < _HEAD and (chunk := await output.read(_CHUNK)):
        head += chunk
    yield head.replace(_UNKNOWN_BEFORE_17, b"", 1)
    while chunk := await output.read(_CHUNK):
        yield chunk


async def _feed(reader: Tool, dump: AsyncIterator[bytes], progress: Progress, manifest: Manifest) -> None:
    """A reader that has had enough, or given up, says so by its status. Raises DamagedObjectError."""
    pipe, done = _stdin(reader), 0
    try:
        async for chunk in dump:
            with suppress(BrokenPipeError, ConnectionResetError):
                await _send(pipe, chunk)
            progress("Database", done := done + len(chunk), manifest.database.size)
    finally:
        pipe.close()  # or pg_restore would wait for the rest


async def _send(pipe: StreamWriter, data: bytes) -> None:
    """Raises BrokenPipeError or ConnectionResetError when nobody reads any more."""
    if pipe.is_closing():
        raise BrokenPipeError
    pipe.write(data)
    await pipe.drain()


def _failure(name: str, reason: str) -> Exception:
    reason = reason.partition("ERROR:")[2].strip() or reason
    if _DATA_FOUND in reason:
        return HoldsDataError(f"Nothing was restored: {reason.rstrip('.')}.")
    if reason.startswith("the dump"):
        return BadBackupError(name, reason)
    return UsageError(f"Backup {name} could not be restored, and nothing was changed: {reason.rstrip('.')}.")


def _stdin(tool: Tool) -> StreamWriter:
    assert tool.process.stdin  # noqa: S101 - a pipe
    return tool.process.stdin


def _stdout(tool: Tool) -> StreamReader:
    assert tool.process.stdout  # noqa: S101 - a pipe
    return tool.process.stdout
