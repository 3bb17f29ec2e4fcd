"""Databases of one's own to measure: on the server of TEST_POSTGRES_URL, or on the embedded one; removed again."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url

from benchmarks.machine import pick_cores
from kinoteka import embedded
from kinoteka.database import Database, open_database
from kinoteka.migrations import upgrade


@asynccontextmanager
async def server(*, own: bool = False) -> AsyncIterator[str]:
    """Its URL. `own`: the embedded one, on the first core, with this process on the last one."""
    if (url := os.environ.get("TEST_POSTGRES_URL")) and not own:
        yield url
        return
    before, (first, last) = os.sched_getaffinity(0), pick_cores()
    os.sched_setaffinity(0, {first})  # what is started here stays there
    try:
        with tempfile.TemporaryDirectory() as folder, embedded.hold(Path(folder) / "data") as lease:
            async with embedded.postgres(lease) as url:
                os.sched_setaffinity(0, {last})
                yield url
    finally:
        os.sched_setaffinity(0, before)


@asynccontextmanager
async def catalogue(server: str) -> AsyncIterator[Database]:
    name = f"kinoteka_bench_{uuid4().hex[:8]}"
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    database = open_database(make_url(server).set(database=name).render_as_string(hide_password=False), 2)
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()
