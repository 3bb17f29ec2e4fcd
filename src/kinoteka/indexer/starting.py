"""What a consumer does before its first batch: versions above all there are, and the right index.

Database or index may have been restored from a backup since the last one ran, in either direction. What was written in
a future that the database no longer knows has versions higher than it ever drew; what an older index lacks had been
acknowledged.
"""

import structlog

from kinoteka.indexer import capture, targets
from kinoteka.indexer.capture import Connection
from kinoteka.indexer.connection import BUILD_LOCK
from kinoteka.indexer.targets import INDEX, Target
from kinoteka.search.engine import SearchEngine

log = structlog.get_logger("kinoteka.indexer")

# Once, however many consumers start before and while it is built.
_DEMAND = """
SELECT search_rebuild_needed($3) WHERE NOT EXISTS (SELECT FROM search_rebuild_request)
AND NOT EXISTS (SELECT FROM search_target WHERE index = $1 AND state = 'building' AND mapping_hash = $2)
"""
_FORGET_LIVE = "DELETE FROM search_target WHERE index = $1 AND state = 'live' AND physical_name <> $2"
_RECONCILE = "UPDATE search_target SET reconcile = $3, acknowledged = $4 WHERE index = $1 AND physical_name = $2"


async def begin(connection: Connection, engine: SearchEngine) -> None:
    """On every connection. What was acknowledged is read before the engine is asked, and what was drawn afterwards: so
    neither other consumers at work nor this one's place among them look like a restore."""
    build = await engine.find_build()
    target = await targets.find(connection, build) if build else None
    highest = await engine.highest_version() if target and engine.is_shared else 0
    async with connection.transaction():
        drawn = await capture.raise_epoch(connection, above=highest)
        if target is None:
            await connection.execute(_FORGET_LIVE, INDEX, build or "")
            await demand(connection, engine, "no index of this database")
        elif target.layout != engine.layout:
            await demand(connection, engine, "an index of another version of the program")
        elif engine.is_shared:
            await _adopt(connection, target)
            await _compare(connection, target, highest, drawn)
        elif target.state != "live":
            await demand(connection, engine, "a build that was cut off")


async def demand(connection: Connection, engine: SearchEngine, reason: str) -> None:
    """Asks for a build, unless one is asked for or under way."""
    await connection.execute(_DEMAND, INDEX, engine.layout, reason)


async def _adopt(connection: Connection, target: Target) -> None:
    """A build that the engine has published and whose builder did not live to say so."""
    if target.state != "live" and await _nobody_builds(connection):
        await targets.use(connection, target.name, target.version)


async def _compare(connection: Connection, target: Target, highest: int, drawn: int) -> None:
    reason = ""
    if highest > drawn:
        reason = "the index was newer than the database"
        if await _nobody_builds(connection):
            await targets.expire(connection)
    elif highest < target.acknowledged:
        reason = "the index was older than what was written to it"
    if reason:
        log.warning("index and database will be compared", reason=reason)
        await connection.execute(_RECONCILE, INDEX, target.name, reason, highest)


async def _nobody_builds(connection: Connection) -> bool:
    """Until the end of the transaction."""
    return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", BUILD_LOCK))
