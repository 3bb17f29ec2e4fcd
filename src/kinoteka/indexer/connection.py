"""The indexer's own connections, and the locks by which processes keep out of each other's way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kinoteka.database import Database
from kinoteka.errors import ConflictError
from kinoteka.indexer.capture import Connection

LOCK = 0x696E646578  # "index"
"""Held by every consumer: alone where the engine has one writer, shared where it has many. So no two engines of
different kinds can take each other's changes out of the outbox of one database."""
BUILD_LOCK, RECONCILE_LOCK = LOCK + 1, LOCK + 2
"""Held by whoever builds or compares; free again once that process is gone."""
BARRIER = LOCK + 3
"""Held, shared, by every batch of a shared engine while it works."""

_SESSION = {
    "application_name": "kinoteka-indexer",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "jit": "off",  # compiling these queries takes longer than running them
}
_COMMAND_TIMEOUT = 120.0
"""Seconds that a statement of the indexer may take; the slowest, counting all films of a large catalogue, takes two."""


class LockHeldError(ConflictError):
    """Another process does this already."""


@asynccontextmanager
async def session(database: Database) -> AsyncIterator[Connection]:
    """A connection of the indexer's own; ended at once if anything goes wrong, so that what it claimed is back."""
    connection = await database.connect(10, command_timeout=_COMMAND_TIMEOUT, **_SESSION)
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
        await _lock(connection, "pg_try_advisory_lock", LOCK, "is keeping the search index of this database")
        yield connection


@asynccontextmanager
async def one_consumer(database: Database) -> AsyncIterator[Connection]:
    """The connection of one of many. Raises LockHeldError where a sole one is at work."""
    async with session(database) as connection:
        await _lock(
            connection, "pg_try_advisory_lock_shared", LOCK, "is keeping an embedded search index of this database"
        )
        yield connection


@asynccontextmanager
async def builder(database: Database) -> AsyncIterator[Connection]:
    """The connection of the one that builds a shared index. Raises LockHeldError."""
    async with session(database) as connection:
        await _lock(connection, "pg_try_advisory_lock", BUILD_LOCK, "is building the search index")
        yield connection


@asynccontextmanager
async def reconciler(database: Database) -> AsyncIterator[Connection]:
    """Raises LockHeldError."""
    async with session(database) as connection:
        await _lock(connection, "pg_try_advisory_lock", RECONCILE_LOCK, "is comparing the search index")
        yield connection


async def _lock(connection: Connection, function: str, key: int, doing: str) -> None:
    if not await connection.fetchval(f"SELECT {function}($1)", key):
        raise LockHeldError(f"Another process {doing}.")
