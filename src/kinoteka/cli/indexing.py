"""The life of a process that does nothing but keep the index in step."""

from contextlib import AsyncExitStack
from functools import partial

import structlog

from kinoteka.bootstrap import open_services
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.photos.sweep import swept
from kinoteka.cli import connection
from kinoteka.cli.lifecycle import Life, live
from kinoteka.cli.supervised import link
from kinoteka.errors import UsageError
from kinoteka.indexer import worker
from kinoteka.me.imports.worker import importing
from kinoteka.ops.backup.schedule import scheduled_backups
from kinoteka.settings import Settings
from kinoteka.web.metrics import Metrics

log = structlog.get_logger()


async def keep_index(settings: Settings, channel: int | None = None) -> int:
    """The exit status. `channel`: this end of the one to the supervisor, where there is one, as a descriptor.

    Raises UsageError where the index is inside another process.
    """
    if missing := settings.missing_to_share:
        raise UsageError(
            f"kinoteka index run keeps an index that several processes share: set {missing}. "
            "The embedded index is kept by kinoteka serve."
        )
    return await live(partial(_keep, settings, channel))


async def _keep(settings: Settings, channel: int | None, life: Life) -> None:
    async with open_services(settings, str(settings.database_url)) as services, AsyncExitStack() as stack:
        if channel is None:
            await connection.prepare(services.database)
        else:
            to_supervisor = await stack.enter_async_context(link(channel, life, Metrics().own_counts))
            to_supervisor.ready()
        life.started()
        log.info("Keeping the search index in step", consumers=settings.consumers)
        async with (
            scheduled_backups(services),
            swept(services.database, services.photo_place),
            importing(Editor(services.writes, services.tokens)),
        ):
            await worker.run(
                services.database,
                services.engine,
                services.tokens,
                life.stop,
                services.phases,
                number=settings.consumers,
            )
        log.info("Stopping")
