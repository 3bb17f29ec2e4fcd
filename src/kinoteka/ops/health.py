"""Can this process answer? Asked by /health/ready, /metrics and `kinoteka doctor`."""

import asyncio
from typing import Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from kinoteka.bootstrap import Services
from kinoteka.catalogue.documents import KINDS
from kinoteka.database import Database
from kinoteka.errors import UnavailableError
from kinoteka.search.engine import SearchEngine
from kinoteka.web.health import Check, Readiness
from kinoteka.web.metrics import Gauges

LATE = 30.0
"""Seconds a change may wait for the index before readiness calls the feed late."""
PATIENCE = 2.0
"""Seconds that the database has for its answer."""

_FEED = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)::float AS age, count(*) AS waiting,
       (SELECT count(*) FROM search_dead_letter) AS dead_letters,
       (SELECT count(*) FROM search_rebuild_request) AS rebuilds,
       (SELECT min(done * 100 / greatest(total, 1)) FROM search_target WHERE state = 'building') AS percent
FROM search_outbox
"""


class Feed(Struct, frozen=True):
    """`age` in seconds of the oldest change that waits; `percent` of the index build that runs, if one does."""

    age: float
    waiting: int
    dead_letters: int
    rebuilds: int
    percent: int | None


async def get_readiness(services: Services) -> Readiness:
    feed = await find_feed(services.database)
    checks = [_database_check(feed), await _index_check(services.engine, feed)]
    if feed:
        checks.append(_feed_check(feed))
    return Readiness(_worst(checks), feed.age if feed else None, checks)


async def get_gauges(services: Services) -> Gauges:
    """What cannot be asked is left out."""
    feed = await find_feed(services.database)
    gauges: dict[str, tuple[str, float]] = {"database_up": ("1 when the database answers.", feed is not None)}
    if feed:
        gauges["feed_age_seconds"] = ("Age of the oldest change that is not in the index.", feed.age)
        gauges["feed_waiting"] = ("Changes that are not in the index yet.", feed.waiting)
        gauges["feed_dead_letters"] = ("Documents that the index refused.", feed.dead_letters)
        gauges["index_rebuilds_waiting"] = ("Full builds that were asked for.", feed.rebuilds)
    for kind, number in (await count_documents(services.engine) or {}).items():
        gauges[f"index_{kind}s"] = (f"Documents of kind {kind} in the index.", number)
    return gauges


async def find_feed(database: Database) -> Feed | None:
    """None when the database does not answer."""
    try:
        async with asyncio.timeout(PATIENCE), database.transaction() as connection:
            row: Any = (await connection.execute(text(_FEED))).one()
    except (SQLAlchemyError, OSError):  # a TimeoutError is an OSError
        return None
    return Feed(row.age, row.waiting, row.dead_letters, row.rebuilds, row.percent)


async def count_documents(engine: SearchEngine) -> dict[str, int] | None:
    """By kind; None when there is no index yet."""
    try:
        return {kind: await engine.count(kind) for kind in KINDS}
    except UnavailableError:
        return None


def _database_check(feed: Feed | None) -> Check:
    # Lists and search come from the index: a database that is down is no reason to take this process out.
    return Check("database", "up") if feed else Check("database", "degraded", "PostgreSQL does not answer.")


async def _index_check(engine: SearchEngine, feed: Feed | None) -> Check:
    counts = await count_documents(engine)
    if counts is None:
        percent = feed.percent if feed else None
        return Check("index", "down", f"The first index is being built: {percent} %." if percent else "No index yet.")
    if feed and feed.rebuilds:
        return Check(
            "index", "degraded", "A full build is waiting or under way; answers come from the index before it."
        )
    return Check("index", "up", ", ".join(f"{number} {kind}s" for kind, number in counts.items()))


def _feed_check(feed: Feed) -> Check:
    if feed.age > LATE:
        return Check("feed", "degraded", f"{feed.waiting} changes wait, the oldest for {feed.age:.0f} s.")
    if feed.dead_letters:
        return Check("feed", "degraded", f"{feed.dead_letters} documents were refused: kinoteka index dead-letters.")
    return Check("feed", "up")


def _worst(checks: list[Check]) -> Any:
    states = [check.state for check in checks]
    return next((state for state in ("down", "degraded") if state in states), "up")
