"""Databases of a test's own on one server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
from sqlalchemy.engine import make_url


@asynccontextmanager
async def new_database(server_url: str, template: str = "template0") -> AsyncIterator[str]:
    """The URL of a clone of the template, dropped at the end, whoever is still connected.

    Its files are copied: through the write-ahead log it takes five times as long.
    """
    url = make_url(server_url).set(database=f"kinoteka_test_{uuid4().hex[:12]}")
    await _execute(server_url, f'CREATE DATABASE "{url.database}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        await _execute(server_url, f'DROP DATABASE "{url.database}" WITH (FORCE)')


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
