"""How each dependency stands: all are asked at once, each within a short time, and at most once a second."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from kinoteka.bootstrap import Services
from kinoteka.breaker import Breaker
from kinoteka.cache.flight import Flights
from kinoteka.catalogue.documents import KINDS
from kinoteka.database import Database
from kinoteka.errors import UnavailableError
from kinoteka.indexer.status import FeedStatus, get_feed_status
from kinoteka.objects import Objects
from kinoteka.search.engine import SearchEngine

PATIENCE = 2.0
"""Seconds that each has for its answer."""
FRESH = 1.0
"""Seconds that answers are used again, so that probes cost nothing."""


@dataclass(frozen=True)
class IndexStanding:
    """`build`: None before the first one; `counts`: documents by kind. `fault`: why it cannot be asked."""

    build: str | None = None
    counts: Mapping[str, int] | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Standing:
    """`feed`: None when the database does not answer; `objects`: why they cannot be reached; `blind`: Redis."""

    feed: FeedStatus | None
    index: IndexStanding
    objects: str | None
    is_blind: bool


class Watch:
    """Of one process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # Its own breaker: what the feed costs to look at is no reason to keep readers from the database.
        self._database = replace(services.database, breaker=Breaker())
        self._flights: Flights[Standing] = Flights()
        self._known: tuple[float, Standing] | None = None

    async def look(self) -> Standing:
        if self._known and monotonic() < self._known[0] + FRESH:
            return self._known[1]
        return await self._flights.join("look", self._look)

    async def _look(self) -> Standing:
        services = self._services
        feed, index, objects = await asyncio.gather(
            find_feed(self._database),
            look_at_index(services.engine),
            look_at_objects(services.objects if services.settings.keeps_objects else None),
        )
        standing = Standing(feed, index, objects, services.tokens.is_blind)
        self._known = monotonic(), standing
        return standing


async def find_feed(database: Database) -> FeedStatus | None:
    """None when the database does not answer."""
    try:
        async with database.answering() as connection:
            return await get_feed_status(connection)
    except (UnavailableError, SQLAlchemyError):
        return None


async def look_at_index(engine: SearchEngine) -> IndexStanding:
    try:
        async with asyncio.timeout(PATIENCE):
            build = await engine.find_build()
            counts = await asyncio.gather(*map(engine.count, KINDS)) if build else ()
    except UnavailableError as error:
        return IndexStanding(fault=error.detail)
    except TimeoutError:
        return IndexStanding(fault="The search engine does not answer in time.")
    return IndexStanding(build, dict(zip(KINDS, counts, strict=False)))


async def look_at_objects(objects: Objects | None) -> str | None:
    """Why they cannot be reached. None: there is no place for them, which is not looked at."""
    if objects is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            await objects.check()
    except UnavailableError as error:
        return error.detail
    except TimeoutError:
        return "The object store does not answer in time."
    return None
