"""The database as of one moment: pg_dump's custom format, and what is in the tables, of the same snapshot."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.indexer.capture import Connection
from kinoteka.ops.postgres_tools import run_tool

_CHUNK = 2**20
_SESSION = {
    "application_name": "kinoteka-backup",
    "idle_in_transaction_session_timeout": "0",  # pg_dump works while this session only holds the snapshot
    "statement_timeout": "0",
    "jit": "off",
}


class DumpError(UsageError):
    kind = "no-dump"


@asynccontextmanager
async def frozen(database: Database) -> AsyncIterator[tuple[Connection, str]]:
    """A connection that sees the database as of one moment, and the snapshot's name, by which others see the same."""
    connection = await database.connect(10, None, **_SESSION)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection, await connection.fetchval("SELECT pg_export_snapshot()")
    finally:
        connection.terminate()


async def stream_dump(database: Database, schema: str, snapshot: str) -> AsyncGenerator[bytes, None]:
    """Raises DumpError."""
    form = ("--format=custom", "--compress=gzip:1", "--no-unlogged-table-data", "--no-password")
    async with run_tool("pg_dump", database.dsn, *form, "--schema", schema, "--snapshot", snapshot) as tool:
        assert tool.process.stdout  # noqa: S101 - a pipe
        while chunk := await tool.process.stdout.read(_CHUNK):
            yield chunk
        if reason := await tool.end():
            raise DumpError(f"The database cannot be dumped: {reason.rstrip('.')}.")
