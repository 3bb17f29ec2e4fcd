"""What is done to the servers and processes while the load goes on, when, and what that excuses."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from random import Random
from time import monotonic

from benchmarks.services import Servers
from benchmarks.soak.hosts import Fleet

SERVICES = ("postgres", "elasticsearch", "redis", "s3")
GRACE = 5.0
"""Seconds after a server is back in which an answer may still say that it is not: connections are made anew, and after
three failures on end one request a second tries."""
PATIENCE = 60.0
"""Seconds for a process to come back, or to take its leave."""
SHORT = 120.0
"""Seconds. In a run that is not longer, Elasticsearch is not killed: it takes half a minute to come back."""


@dataclass
class Outage:
    """`what`: the server or process; `how`: killed, paused, or restarted in order, which excuses nothing."""

    what: str
    how: str
    began: float
    ended: float = inf

    def touches(self, began: float, ended: float) -> bool:
        return self.began <= ended and began <= self.ended + GRACE

    def __str__(self) -> str:
        return f"{self.what} {self.how}"


@dataclass
class Outages:
    """One at a time, of each kind in turn."""

    servers: Servers
    fleet: Fleet
    random: Random
    seconds: float
    past: list[Outage] = field(default_factory=list)

    def touching(self, began: float, ended: float) -> list[Outage]:
        return [outage for outage in self.past if outage.touches(began, ended)]

    async def go_on(self, until: float) -> None:
        kinds = self._kinds()
        while monotonic() < until:
            await asyncio.sleep(self.random.uniform(0.5, 1.0) * self._length)
            what, how = next(kinds)
            outage = Outage(what, how, monotonic())
            self.past.append(outage)
            await self._be(outage)
            outage.ended = monotonic()
            await asyncio.sleep(self.random.uniform(0.5, 1.0) * self._length + GRACE / 2)

    @property
    def _is_short(self) -> bool:
        return self.seconds <= SHORT

    @property
    def _length(self) -> float:
        """Seconds of an outage at the most, and of the quiet between two."""
        return 2.0 if self._is_short else 6.0

    def _kinds(self) -> Iterator[tuple[str, str]]:
        """All of them, then all of them in another order."""
        kinds = [(what, how) for what in (*SERVICES, "api", "indexer") for how in ("killed", "paused")]
        kinds += [("api", "restarted"), ("indexer", "restarted")]
        if self._is_short:
            kinds.remove(("elasticsearch", "killed"))
        while True:
            self.random.shuffle(kinds)
            yield from kinds

    async def _be(self, outage: Outage) -> None:
        length = self.random.uniform(0.3, 1.0) * self._length
        if outage.what in SERVICES:
            await self._without(outage.what, outage.how, length)
        elif outage.how == "killed":
            await self.fleet.kill(outage.what)
        elif outage.how == "paused":
            await self.fleet.pause(outage.what, length)
        else:
            await self.fleet.restart(outage.what)

    async def _without(self, name: str, how: str, length: float) -> None:
        if how == "killed":
            await self.servers.kill(name)
            await asyncio.sleep(length)
            await self.servers.start(name)
        else:
            self.servers.pause(name)
            try:
                await asyncio.sleep(length)
            finally:
                self.servers.resume(name)
