"""How a command reaches the database: the configured server, else the running process's, else one of its own."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kinoteka import embedded, migrations
from kinoteka.database import Database, open_database
from kinoteka.embedded import FolderInUseError, read_holder
from kinoteka.ops.postgres import check_server
from kinoteka.settings import Settings

_PATIENCE = 60.0  # seconds that a server which is just starting may take
_POLL = 0.05


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Database]:
    """With the schema at its newest revision."""
    async with AsyncExitStack() as stack:
        database = open_database(await reach(stack, settings), settings.pool_size)
        stack.push_async_callback(database.close)
        await prepare(database)
        yield database


@asynccontextmanager
async def connect_unchanged(settings: Settings) -> AsyncIterator[Database]:
    """With the schema as it is: a backup is made before an upgrade."""
    async with AsyncExitStack() as stack:
        database = open_database(await reach(stack, settings), settings.pool_size)
        stack.push_async_callback(database.close)
        await check_server(database)
        yield database


async def prepare(database: Database) -> None:
    """Raises UsageError when the server cannot be used; then brings the schema to its newest revision."""
    await check_server(database)
    await migrations.upgrade(database)


async def reach(stack: AsyncExitStack, settings: Settings) -> str:
    if settings.database_url:
        return str(settings.database_url)
    try:
        lease = stack.enter_context(embedded.hold(settings.data))
    except FolderInUseError as error:
        return await _wait_for_server(settings, error)
    return await stack.enter_async_context(embedded.postgres(lease))


async def _wait_for_server(settings: Settings, in_use: FolderInUseError) -> str:
    """A server shares its database; another command does not, for it may end at any moment."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        holder = read_holder(settings.data)
        if holder and not holder.serves:
            break
        if holder and holder.database_url:
            return holder.database_url
        await asyncio.sleep(_POLL)
    raise in_use
