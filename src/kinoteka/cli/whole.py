"""How a command comes by all that a process works with: the database, the index, the cache and the rest."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kinoteka import embedded
from kinoteka.bootstrap import Services, open_services
from kinoteka.cli.connection import prepare, reach
from kinoteka.ops.postgres import check_server
from kinoteka.settings import Settings


@asynccontextmanager
async def connect_alone(settings: Settings) -> AsyncIterator[Services]:
    """With the schema as it is. Raises FolderInUseError when a data folder is needed and another process has it."""
    async with AsyncExitStack() as stack:
        url = settings.database_url
        if settings.needs_folder:
            lease = stack.enter_context(embedded.hold(settings.data))
            url = url or await stack.enter_async_context(embedded.postgres(lease))
        services = await stack.enter_async_context(open_services(settings, str(url)))
        await check_server(services.database)
        yield services


@asynccontextmanager
async def connect_services(settings: Settings) -> AsyncIterator[Services]:
    async with AsyncExitStack() as stack:
        url = await reach(stack, settings)
        services = await stack.enter_async_context(open_services(settings, url))
        await prepare(services.database)
        yield services
