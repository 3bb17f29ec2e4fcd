"""The indexer's own connections, and the lock that makes one of them the consumer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kinoteka.database import Database
from kinoteka.errors import ConflictError
from kinoteka.indexer import capture
from kinoteka.indexer.capture import Connection

LOCK = 0x696E646578  # "index"
_SESSION = {
    "application_name": "kinoteka-indexer",
    "idle_in_transaction_session_timeout": "120s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "jit": "off",  # compiling these queries takes longer than running them
}


class LockHeldError(ConflictError):
    """Another process keeps the index in step with this database."""


@asynccontextmanager
async def session(database: Database) -> AsyncIterator[Connection]:
    """A connection of the indexer's own; ended at once if anything goes wrong, so that what it claimed is back."""
    connection = await database.connect(10, **_SESSION)
    try:
        yield connection
    except BaseException:
        connection.terminate()
        raise
    await connection.close(timeout=5)


@asynccontextmanager
async def sole_consumer(database: Database) -> AsyncIterator[Connection]:
    """The connection that holds the consumer's lock; losing it is losing the lock. Raises LockHeldError."""
    async with session(database) as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LOCK):
            raise LockHeldError("Another process is keeping the search index of this database.")
        await capture.raise_epoch(connection)
        yield connection
