"""The server's life: PostgreSQL, migrations, demo, indexer, HTTP; and the same backwards."""

import asyncio
import os
import signal
from asyncio import Event, Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from kinoteka import embedded
from kinoteka.app import create_app
from kinoteka.bootstrap import Services, open_services
from kinoteka.cli import connection, listening
from kinoteka.embedded import Lease
from kinoteka.indexer import worker
from kinoteka.ops import demo_catalogue
from kinoteka.settings import Settings

log = structlog.get_logger()


class _Signals:
    """The first SIGINT or SIGTERM ends the work in order, the second at once (PostgreSQL then ends by itself)."""

    def __init__(self, stop: Event) -> None:
        self.received: int | None = None
        self.stop = stop
        self.starting: Task[Any] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._receive, number)

    def _receive(self, number: int) -> None:
        if self.received is not None:
            os._exit(128 + number)
        self.received = number
        self.stop.set()
        if self.starting:
            self.starting.cancel()

    @property
    def exit_status(self) -> int:
        """130 for Ctrl-C, as shells expect; 0 for SIGTERM, which is how a server is asked to end."""
        return 130 if self.received == signal.SIGINT else 0


async def serve(settings: Settings) -> int:
    """The exit status. Raises UsageError when the folder or the port is in use."""
    stop = Event()
    signals = _Signals(stop)
    signals.starting = asyncio.create_task(_serve(settings, stop, signals))
    with suppress(asyncio.CancelledError):
        await signals.starting
    return signals.exit_status


async def _serve(settings: Settings, stop: Event, signals: _Signals) -> None:
    endpoint = listening.choose_endpoint(settings.host, settings.port)
    with embedded.hold(settings.data, serves=True) as lease:
        async with _database_url(settings, lease) as url, open_services(settings, url) as services:
            await _prepare(services)
            lease.publish(lease.holder.with_database(url))
            async with _indexing(services, stop), listening.listen(create_app(services), endpoint) as server:
                lease.publish(lease.holder.with_address(endpoint.url))
                listening.show_addresses(endpoint)
                signals.starting = None  # from here on a signal sets `stop` and nothing else
                await server.run_until(stop)
                log.info("Stopping")


@asynccontextmanager
async def _database_url(settings: Settings, lease: Lease) -> AsyncIterator[str]:
    if settings.database_url:
        yield str(settings.database_url)
        return
    async with embedded.postgres(lease) as url:
        yield url


async def _prepare(services: Services) -> None:
    await connection.prepare(services.database)
    if services.settings.demo and await demo_catalogue.is_empty(services.database):
        report = await demo_catalogue.load(services.database)
        log.info("Demo catalogue loaded", films=report.new)


@asynccontextmanager
async def _indexing(services: Services, stop: Event) -> AsyncIterator[None]:
    """The indexer finishes its batch before the database goes."""
    feed = worker.run(services.database, services.engine, services.tokens, stop, services.phases)
    task = asyncio.create_task(feed)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([task])
