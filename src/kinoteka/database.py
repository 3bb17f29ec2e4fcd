"""The one owner of database connections and transactions. Nothing else commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kinoteka.breaker import Breaker
from kinoteka.errors import UnavailableError

PATIENCE = 2.0
"""Seconds that somebody who waits for an answer waits for the database."""
_CONNECT_SECONDS = 5.0
_SERVER_STATES = ("08", "53", "57P")  # PostgreSQL's classes: connection, no resources left, starting or ending

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class DatabaseUnavailableError(UnavailableError):
    """`is_stale`: the connection was one of a server that has gone since, and the next try may succeed."""

    def __init__(self, *, is_stale: bool = False) -> None:
        super().__init__("The database does not answer.")
        self.is_stale = is_stale


@dataclass(frozen=True)
class Database:
    """A pool of connections to one PostgreSQL database; made by `open_database`."""

    engine: AsyncEngine
    dsn: str
    """For asyncpg: without SQLAlchemy's driver name."""
    breaker: Breaker = field(default_factory=Breaker)
    patience: float = PATIENCE

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside a transaction: committed at the end, rolled back if the block raises."""
        async with self.engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def statements(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which every statement is a transaction of its own, and costs no more than itself."""
        async with self.engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def answering(self, *, singly: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction for somebody who waits; `singly`: one for each statement.

        Raises UnavailableError when the server does not answer in time, and at once while it lately did not.
        """
        if not self.breaker.admits():
            raise DatabaseUnavailableError
        try:
            opened = self.statements() if singly else self.transaction()
            async with asyncio.timeout(self.patience), opened as connection:
                yield connection
        except (PoolTimeoutError, OSError) as error:  # a TimeoutError is an OSError
            self.breaker.failed()
            raise DatabaseUnavailableError from error
        except DBAPIError as error:
            if not _is_lost(error):
                raise
            if not error.connection_invalidated:
                self.breaker.failed()
            raise DatabaseUnavailableError(is_stale=error.connection_invalidated) from error
        self.breaker.succeeded()

    async def connect(
        self,
        timeout: float = 10,  # noqa: ASYNC109 - asyncpg's own argument
        command_timeout: float | None = None,
        **server_settings: str,
    ) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of asyncpg's own outside the pool, for COPY, cursors and the indexer; the caller closes it.

        `timeout`: seconds for connecting; `command_timeout`: for each statement.
        """
        return await asyncpg.connect(
            self.dsn, timeout=timeout, command_timeout=command_timeout, server_settings=server_settings
        )

    async def close(self) -> None:
        await self.engine.dispose()


def open_database(url: str, pool_size: int, *, pre_ping: bool = False, patience: float = PATIENCE) -> Database:
    """`url`: postgresql://…; connects lazily, so it succeeds while the server is down.

    `pre_ping`: for writes, which must not be tried twice: each asks first whether its connection still is one.
    """
    parsed = make_url(url)
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    engine = create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=max(5, patience),
        pool_pre_ping=pre_ping,
        hide_parameters=True,  # errors are logged, and parameters may be anything, phone numbers for one
        connect_args={"timeout": _CONNECT_SECONDS},
    )
    return Database(engine, dsn, patience=patience)


def _is_lost(error: DBAPIError) -> bool:
    """It is the server or the way to it that failed, not the statement."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or isinstance(error, (OperationalError, InterfaceError))
        or state.startswith(_SERVER_STATES)
    )


async def driver_connection(connection: AsyncConnection) -> asyncpg.Connection[asyncpg.Record]:
    """asyncpg's connection underneath, in the same transaction: for COPY, which SQLAlchemy has no words for."""
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
