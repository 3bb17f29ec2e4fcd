"""The server's life: PostgreSQL, migrations, demo, indexer, HTTP; and the same backwards."""

import asyncio
import socket
from asyncio import Event
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import structlog

from kinoteka import embedded
from kinoteka.app import create_app
from kinoteka.bootstrap import Services, open_services
from kinoteka.cli import connection, doors, listening
from kinoteka.cli.lifecycle import Life, live
from kinoteka.embedded import Lease
from kinoteka.indexer import worker
from kinoteka.ops import demo_catalogue
from kinoteka.settings import Settings

log = structlog.get_logger()


async def serve(settings: Settings) -> int:
    """The exit status. Raises UsageError when the folder or the port is in use."""
    return await live(partial(_serve, settings))


async def _serve(settings: Settings, life: Life) -> None:
    door = doors.bind(settings.host, settings.port)
    with _folder(settings) as lease:
        async with _database_url(settings, lease) as url, open_services(settings, url) as services:
            await prepare(services)
            if lease:
                lease.publish(lease.holder.with_database(url))
            async with _indexing(services, life.stop):
                await _answer(services, door, life, lease)


async def _answer(services: Services, door: socket.socket, life: Life, lease: Lease | None) -> None:
    endpoint = doors.endpoint_of(door)
    async with listening.listen(create_app(services, life.stop), door, life) as server:
        if lease:
            lease.publish(lease.holder.with_address(endpoint.url))
        listening.show_addresses(endpoint)
        life.started()
        await server.run_until(life.stop)
        log.info("Stopping")


@contextmanager
def _folder(settings: Settings) -> Iterator[Lease | None]:
    if not settings.needs_folder:
        yield None
        return
    with embedded.hold(settings.data, serves=True) as lease:
        yield lease


@asynccontextmanager
async def _database_url(settings: Settings, lease: Lease | None) -> AsyncIterator[str]:
    if settings.database_url or lease is None:
        yield str(settings.database_url)
        return
    async with embedded.postgres(lease) as url:
        yield url


async def prepare(services: Services) -> None:
    """The schema, and the demo catalogue if it is asked for."""
    await connection.prepare(services.database)
    if services.settings.demo and await demo_catalogue.is_empty(services.database):
        report = await demo_catalogue.load(services.database)
        log.info("Demo catalogue loaded", films=report.new)


@asynccontextmanager
async def _indexing(services: Services, stop: Event) -> AsyncIterator[None]:
    """The indexer finishes its batch before the database goes."""
    if not services.settings.indexer:
        yield
        return
    feed = worker.run(
        services.database,
        services.engine,
        services.tokens,
        stop,
        services.phases,
        number=services.settings.consumers,
    )
    task = asyncio.create_task(feed)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task])
