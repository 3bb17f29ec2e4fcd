"""Can this process answer? Asked by /health/ready and /metrics."""

from asyncio import Event
from collections.abc import Sequence
from typing import Literal

from kinoteka.indexer.status import FeedStatus
from kinoteka.ops.backup.last import LastBackup
from kinoteka.ops.feed_gauges import feed_gauges
from kinoteka.ops.standing import IndexStanding, Standing, Watch
from kinoteka.settings import Settings
from kinoteka.web.health import Check, Readiness
from kinoteka.web.metrics import Gauges

LATE = 30.0
"""Seconds a change may wait for the index before readiness calls the feed late."""
_STATES = {"up": 1.0, "degraded": 0.5, "down": 0.0}


async def get_readiness(watch: Watch, settings: Settings, stop: Event) -> Readiness:
    """`down` only when this process cannot answer reads."""
    if stop.is_set():
        return Readiness("down", None, [Check("process", "down", "It is about to end.")])
    standing = await watch.look()
    checks = _check_all(standing, settings)
    return Readiness(_worst(checks), standing.feed.age if standing.feed else None, checks)


async def get_gauges(watch: Watch, settings: Settings, backup: LastBackup) -> Gauges:
    """What cannot be asked is left out."""
    standing = await watch.look()
    gauges: dict[str, tuple[str, float]] = {"database_up": ("1 when the database answers.", standing.feed is not None)}
    if settings.keeps_objects and (age := await backup.find_age()):
        gauges["backup_age_seconds"] = ("Age of the newest good backup.", age)
    for check in _check_all(standing, settings):
        gauges[f"state_{check.name}"] = (f"{check.name}: 1 up, 0.5 degraded, 0 down.", _STATES[check.state])
    if standing.feed:
        gauges |= feed_gauges(standing.feed)
    for kind, number in (standing.index.counts or {}).items():
        gauges[f"index_{kind}s"] = (f"Documents of kind {kind} in the index.", number)
    return gauges


def _check_all(standing: Standing, settings: Settings) -> list[Check]:
    feed = standing.feed
    checks = [
        _database_check(feed),
        _index_check(standing.index, feed),
        _feed_check(feed),
        _cache_check(standing, settings),
    ]
    return [*checks, _objects_check(standing.objects)] if settings.keeps_objects else checks


def _database_check(feed: FeedStatus | None) -> Check:
    # Lists and search come from the index: a database that is down is no reason to take this process out.
    return Check("database", "up") if feed else Check("database", "degraded", "PostgreSQL does not answer.")


def _index_check(index: IndexStanding, feed: FeedStatus | None) -> Check:
    if index.fault:
        # By id the database answers, too: only without both is there nothing left but what is cached.
        return Check("index", "degraded" if feed else "down", index.fault)
    if index.build is None:
        return Check("index", "down", f"The first index is being built{_progress(feed)}.")
    if feed and feed.rebuild_needed:
        return Check("index", "degraded", f"It is being built anew{_progress(feed)}; answers come from the older one.")
    return Check("index", "up", ", ".join(f"{number} {kind}s" for kind, number in (index.counts or {}).items()))


def _progress(feed: FeedStatus | None) -> str:
    return f": {feed.build.done} of {feed.build.total}" if feed and feed.build else ""


def _feed_check(feed: FeedStatus | None) -> Check:
    if fault := _find_fault(feed):
        return Check("feed", "degraded", fault)
    return Check("feed", "up")


def _find_fault(feed: FeedStatus | None) -> str | None:
    if feed is None:
        return "Without the database nothing can be told of it."
    if not feed.consumer:
        return "No process keeps the index in step."
    if feed.age > LATE:
        return f"{sum(feed.depth)} changes wait, the oldest for {feed.age:.0f} s."
    if feed.heartbeat is not None and feed.heartbeat > LATE:
        return f"The processes that keep the index say nothing for {feed.heartbeat:.0f} s."
    if feed.dead_letters:
        return f"{feed.dead_letters} documents were refused: kinoteka index dead-letters list"
    return None


def _cache_check(standing: Standing, settings: Settings) -> Check:
    if not settings.redis_url:
        return Check("cache", "up", "In this process alone.")
    if standing.is_blind:
        return Check("cache", "degraded", "Redis does not answer: answers are kept for a moment only.")
    return Check("cache", "up")


def _objects_check(fault: str | None) -> Check:
    # Photos and backups alone need it.
    return Check("objects", "degraded", fault) if fault else Check("objects", "up")


def _worst(checks: Sequence[Check]) -> Literal["up", "degraded", "down"]:
    states = {check.state for check in checks}
    return "down" if "down" in states else "degraded" if "degraded" in states else "up"
