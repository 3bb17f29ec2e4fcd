"""Can this process answer? Asked by /health/ready, /metrics and `kinoteka doctor`."""

import asyncio
from asyncio import Event
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from kinoteka.bootstrap import Services
from kinoteka.catalogue.documents import KINDS
from kinoteka.database import Database
from kinoteka.errors import UnavailableError
from kinoteka.indexer.service import get_status
from kinoteka.indexer.status import FeedStatus
from kinoteka.objects import Objects
from kinoteka.ops.feed_gauges import feed_gauges
from kinoteka.search.engine import SearchEngine
from kinoteka.web.health import Check, Readiness
from kinoteka.web.metrics import Gauges

LATE = 30.0
"""Seconds a change may wait for the index before readiness calls the feed late."""
PATIENCE = 2.0
"""Seconds that the database has for its answer."""
_STATES = {"up": 1.0, "degraded": 0.5, "down": 0.0}


async def get_readiness(services: Services, stop: Event) -> Readiness:
    if stop.is_set():
        return Readiness("down", None, [Check("process", "down", "It is about to end.")])
    feed = await find_feed(services.database)
    checks = await _check_all(services, feed)
    return Readiness(_worst(checks), feed.age if feed else None, checks)


async def get_gauges(services: Services) -> Gauges:
    """What cannot be asked is left out."""
    feed = await find_feed(services.database)
    gauges: dict[str, tuple[str, float]] = {"database_up": ("1 when the database answers.", feed is not None)}
    if feed:
        gauges |= feed_gauges(feed)
    for check in await _check_all(services, feed):
        gauges[f"state_{check.name}"] = (f"{check.name}: 1 up, 0.5 degraded, 0 down.", _STATES[check.state])
    for kind, number in (await count_documents(services.engine) or {}).items():
        gauges[f"index_{kind}s"] = (f"Documents of kind {kind} in the index.", number)
    return gauges


async def _check_all(services: Services, feed: FeedStatus | None) -> list[Check]:
    checks = [
        _database_check(feed),
        await _index_check(services.engine, feed),
        await _objects_check(services.objects),
    ]
    return [*checks, _feed_check(feed)] if feed else checks


async def find_feed(database: Database) -> FeedStatus | None:
    """None when the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await get_status(database)
    except (SQLAlchemyError, OSError):  # a TimeoutError is an OSError
        return None


async def count_documents(engine: SearchEngine) -> dict[str, int] | None:
    """By kind; None when there is no index yet."""
    try:
        return {kind: await engine.count(kind) for kind in KINDS}
    except UnavailableError:
        return None


def _database_check(feed: FeedStatus | None) -> Check:
    # Lists and search come from the index: a database that is down is no reason to take this process out.
    return Check("database", "up") if feed else Check("database", "degraded", "PostgreSQL does not answer.")


async def _index_check(engine: SearchEngine, feed: FeedStatus | None) -> Check:
    counts = await count_documents(engine)
    if counts is None:
        return Check("index", "down", f"The first index is being built{_progress(feed)}.")
    if feed and feed.rebuild_needed:
        return Check("index", "degraded", f"It is being built anew{_progress(feed)}; answers come from the older one.")
    return Check("index", "up", ", ".join(f"{number} {kind}s" for kind, number in counts.items()))


def _progress(feed: FeedStatus | None) -> str:
    return f": {feed.build.done} of {feed.build.total}" if feed and feed.build else ""


def _feed_check(feed: FeedStatus) -> Check:
    if not feed.consumer:
        return Check("feed", "degraded", "No process keeps the index in step.")
    if feed.age > LATE:
        return Check("feed", "degraded", f"{sum(feed.depth)} changes wait, the oldest for {feed.age:.0f} s.")
    if feed.heartbeat is not None and feed.heartbeat > LATE:
        return Check("feed", "degraded", f"The processes that keep the index say nothing for {feed.heartbeat:.0f} s.")
    if feed.dead_letters:
        return Check(
            "feed", "degraded", f"{feed.dead_letters} documents were refused: kinoteka index dead-letters list"
        )
    return Check("feed", "up")


async def _objects_check(objects: Objects) -> Check:
    # Photos and backups alone need it.
    try:
        await objects.check()
    except UnavailableError as error:
        return Check("objects", "degraded", error.detail)
    return Check("objects", "up")


def _worst(checks: list[Check]) -> Any:
    states = [check.state for check in checks]
    return next((state for state in ("down", "degraded") if state in states), "up")
