"""The one owner of database connections and transactions. Nothing else commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import asyncpg
from sqlalchemy import MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@dataclass(frozen=True)
class Database:
    """A pool of connections to one PostgreSQL database; made by `open_database`."""

    engine: AsyncEngine
    dsn: str
    """For asyncpg: without SQLAlchemy's driver name."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside a transaction: committed at the end, rolled back if the block raises."""
        async with self.engine.begin() as connection:
            yield connection

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


def open_database(url: str, pool_size: int) -> Database:
    """`url`: postgresql://…; connects lazily, so it succeeds while the server is down."""
    parsed = make_url(url)
    dsn = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    engine = create_async_engine(
        parsed.set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
    )
    return Database(engine, dsn)


async def driver_connection(connection: AsyncConnection) -> asyncpg.Connection[asyncpg.Record]:
    """asyncpg's connection underneath, in the same transaction: for COPY, which SQLAlchemy has no words for."""
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
