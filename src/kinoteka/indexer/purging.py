"""What was deleted 30 days ago goes for good, every hour, in whichever process comes first."""

from asyncio import Event

import structlog

from kinoteka.catalogue.editing.purge import purge
from kinoteka.database import Database
from kinoteka.indexer.pauses import pause

_FIRST, _PERIOD = 60.0, 3600.0

log = structlog.get_logger("kinoteka.indexer")


async def keep_purging(database: Database, stop: Event, first: float = _FIRST) -> None:
    """Until `stop` is set; raises whatever goes wrong. `first`: seconds until the first time."""
    await pause(stop, first)
    while not stop.is_set():
        counts = await purge(database)
        if counts:
            log.info("deleted for good", **counts)
        await pause(stop, _PERIOD)
