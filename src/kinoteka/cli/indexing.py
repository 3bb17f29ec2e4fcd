"""The life of a process that does nothing but keep the index in step."""

from functools import partial

import structlog

from kinoteka.bootstrap import open_services
from kinoteka.cli import connection
from kinoteka.cli.lifecycle import Life, live
from kinoteka.errors import UsageError
from kinoteka.indexer import worker
from kinoteka.settings import Settings

log = structlog.get_logger()


async def keep_index(settings: Settings) -> int:
    """The exit status. Raises UsageError where the index is inside another process."""
    if not (settings.database_url and settings.elasticsearch_url):
        raise UsageError(
            "kinoteka index run keeps an index that several processes share: set KINOTEKA_DATABASE_URL and "
            "KINOTEKA_ELASTICSEARCH_URL. The embedded index is kept by kinoteka serve."
        )
    return await live(partial(_keep, settings))


async def _keep(settings: Settings, life: Life) -> None:
    async with open_services(settings, str(settings.database_url)) as services:
        await connection.prepare(services.database)
        life.started()
        log.info("Keeping the search index in step", consumers=settings.consumers)
        await worker.run(
            services.database,
            services.engine,
            services.tokens,
            life.stop,
            services.phases,
            number=settings.consumers,
        )
        log.info("Stopping")
