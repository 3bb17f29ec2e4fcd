"""The server's life: PostgreSQL, migrations, demo, indexer, HTTP; and the same backwards."""

import asyncio
import socket
from asyncio import Event
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import structlog

from kinoteka import embedded
from kinoteka.accounts.context import open_accounts
from kinoteka.app import create_app
from kinoteka.bootstrap import Services, open_services
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.photos.sweep import swept
from kinoteka.cli import doors, listening
from kinoteka.cli.connection import connect, prepare
from kinoteka.cli.lifecycle import Life, live
from kinoteka.cli.supervised import link
from kinoteka.cli.supervisor import supervised
from kinoteka.cli.terminal import say
from kinoteka.database import Database
from kinoteka.embedded import Lease
from kinoteka.indexer import worker
from kinoteka.me.imports.worker import importing
from kinoteka.ops import demo_admin, demo_catalogue
from kinoteka.ops.backup.schedule import scheduled_backups
from kinoteka.settings import Settings
from kinoteka.web.metrics import Metrics
from kinoteka.web.process import Process

log = structlog.get_logger()


async def serve(settings: Settings) -> int:
    """All in this process. The exit status. Raises UsageError when the folder or the port is in use."""
    return await live(partial(_serve, settings))


async def supervise(settings: Settings) -> int:
    """Several processes on one port. The exit status. Raises UsageError when the port is in use."""
    return await live(partial(_supervise, settings))


async def answer(settings: Settings, door: int, channel: int) -> int:
    """One of several processes: the supervisor's listening socket and this end of the channel to it, as descriptors."""
    return await live(partial(_answer, settings, door, channel))


async def _serve(settings: Settings, life: Life) -> None:
    door = doors.bind(settings.host, settings.port)
    with _folder(settings) as lease:
        async with _database_url(settings, lease) as url, open_services(settings, url) as services:
            await _prepare(services.database, settings)
            if lease:
                lease.publish(lease.holder.with_database(url))
            async with _indexing(services, life.stop):
                await _listen(services, door, life, lease)


async def _listen(services: Services, door: socket.socket, life: Life, lease: Lease | None) -> None:
    endpoint = doors.endpoint_of(door)
    async with listening.listen(create_app(services, Process(life.stop)), door, life) as server:
        if lease:
            lease.publish(lease.holder.with_address(endpoint.url))
        listening.show_addresses(endpoint)
        life.started()
        await server.run_until(life.stop)
        log.info("Stopping")


async def _supervise(settings: Settings, life: Life) -> None:
    door = doors.bind(settings.host, settings.port)
    endpoint = doors.endpoint_of(door)
    async with connect(settings) as database:
        await _prepare(database, settings)
    async with supervised(settings, door, life):
        listening.show_addresses(endpoint)
        life.started()
        await life.stop.wait()
        log.info("Stopping")


async def _answer(settings: Settings, door: int, channel: int, life: Life) -> None:
    metrics = Metrics()
    async with (
        open_services(settings, str(settings.database_url)) as services,
        link(channel, life, metrics.own_counts) as to_supervisor,
    ):
        app = create_app(services, Process(life.stop, metrics, to_supervisor.gather))
        async with listening.listen(app, socket.socket(fileno=door), life, listening.LONG_GRACE) as server:
            to_supervisor.ready()
            life.started()
            await server.run_until(life.stop)


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


async def _prepare(database: Database, settings: Settings) -> None:
    """The schema, keys, and what the demo has if it is asked for. Raises UsageError without a secret key."""
    await prepare(database)
    if settings.demo and await demo_catalogue.is_empty(database):
        report = await demo_catalogue.load(database)
        log.info("Demo catalogue loaded", films=report.new)
    async with open_accounts(settings, database) as accounts:
        await accounts.prepare()
        if settings.demo and (admin := await demo_admin.create(accounts)):
            say(f"Administrator {admin.phone}, password {admin.password}: shown this once.")


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
        async with (
            scheduled_backups(services),
            swept(services.database, services.photo_place),
            importing(Editor(services.writes, services.tokens)),
        ):
            yield
    finally:
        stop.set()
        await asyncio.wait([task])
