"""Tokens that processes share through Redis: a stream of renewals and marks, and a copy of it in each process."""

import asyncio
import math
import time
from asyncio import Task
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import structlog

from kinoteka.cache.gathering import Gathering
from kinoteka.cache.ledger import Ledger
from kinoteka.cache.port import REBUILD
from kinoteka.cache.redis_link import FAILURES
from kinoteka.cache.redis_stream import Stream
from kinoteka.cache.snapshot import Snapshot
from kinoteka.cache.token_events import AllRenewed, Event, Held, Passed, Released, Renewed, Settled
from kinoteka.cache.waits import PROMPT, Waits

POLL = 0.05
SLOT = 0.25
"""Seconds that an answer is good for while blind."""
_MOST_NAMES = 1000  # in one entry of the stream

Mark = tuple[str, int]
log = structlog.get_logger("kinoteka.cache")


class RedisTokens:
    """Who could not tell, or not follow for long, owes: it renews everything for everybody before it sees again. Who
    could not follow for a moment renews everything for itself.

    So nothing is missed when a renewal was lost with Redis, or when the process that had to tell it died meanwhile.
    """

    def __init__(
        self, url: str, prefix: str, waits: Waits = PROMPT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._waits = waits
        self._clock = clock
        self._ledger = Ledger()
        self._stream = Stream(url, prefix, self._ledger)
        self._read_at = -math.inf
        self._failures = 0
        self._debts = 0
        self._paid_at = -math.inf
        self._unsure = False
        self._failed_locally = 0
        self._generation = 0
        self._first = asyncio.Event()
        self._turned = asyncio.Event()
        self._task: Task[None] | None = None
        self._holding: Gathering[Mark] = Gathering(self._hold)
        self.errors = 0

    async def open(self) -> None:
        """Never fails: without Redis the tokens are blind until it is there."""
        self._task = asyncio.create_task(self._follow())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._first.wait(), self._waits.blind_after)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._stream.close()

    @property
    def lag(self) -> float:
        return 2 * POLL

    @property
    def doubt(self) -> float:
        """The others have lost Redis, too: they believe what they heard last, then answers of theirs for a moment.

        What could not be told at first and was told a moment ago they know a moment from now.
        """
        if not self._debts:
            return max(0.0, self._paid_at + self.lag - self._clock())
        return SLOT if self.is_blind else max(self._waits.blind_after, SLOT)

    @property
    def is_blind(self) -> bool:
        return self._clock() - self._read_at > self._waits.blind_after

    @property
    def is_late(self) -> bool:
        """One failure says nothing: a process that stood still finds the read that it was at out of time."""
        return self._clock() - self._read_at > self.lag and (not self.is_blind or self._failures <= 1)

    async def catch_up(self) -> None:
        needed = self._clock() - self.lag
        while self._read_at < needed and self.is_late:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._turned.wait(), POLL)

    def current(self, names: Sequence[str]) -> bytes:
        now = self._clock()
        if now - self._read_at > self._waits.blind_after:
            return b"blind %d" % (now // SLOT)
        return b"%d %d %s" % (self._stream.generation, self._failed_locally, self._ledger.newest(names))

    def mark(self) -> bytes | None:
        return None if self._debts or self.is_blind else self._stream.era + self._stream.position

    def holds(self, names: Sequence[str], mark: bytes) -> bool:
        era = self._stream.era
        return mark[: len(era)] == era and not self.is_blind and self._ledger.newest(names) <= mark[len(era) :]

    async def renew(self, names: Sequence[str], seen: Snapshot | None = None) -> None:
        events = [Renewed(part, seen) for part in _parts(names)]
        await self._tell(events, ended=self._ledger.marks(names, seen))

    async def renew_all(self) -> None:
        await self._tell([AllRenewed()])

    async def hold(self, names: Sequence[str], holder: int = REBUILD) -> None:
        """Those who come while others are being told are told together: a thousand scores a second cost no more."""
        await self._holding.join(*((name, holder) for name in names))

    async def _hold(self, marks: list[Mark]) -> None:
        await self._tell(_as_events(marks), held=marks)

    async def release(self, names: Sequence[str], holder: int = REBUILD) -> None:
        await self._tell([Released(part, holder) for part in _parts(names)], ended=[(name, holder) for name in names])

    async def settle(self, seen: Snapshot) -> None:
        try:
            async with asyncio.timeout(self._waits.tokens):
                marks = await self._stream.held()
        except FAILURES:
            self.errors += 1  # it is asked again soon
            return
        ended = [mark for mark in {*marks, *self._ledger.marks()} if seen.sees(mark[1])]
        if ended:
            await self._tell([Settled(seen)], ended=ended)

    def is_pending(self, name: str) -> bool:
        return self._ledger.is_pending(name)

    async def _tell(self, events: Sequence[Event], ended: Sequence[Mark] = (), held: Sequence[Mark] = ()) -> None:
        """Returns when this process knows it too."""
        if not events:
            return
        try:
            async with asyncio.timeout(self._waits.tokens):
                await self._stream.append(events, ended, held)
        except FAILURES:
            self.errors += 1
            self._owe(events)
        except BaseException:
            self._owe(events)
            raise

    def _owe(self, events: Iterable[Event]) -> None:
        self._debts += 1
        self._failed_locally += 1
        for event in events:
            self._stream.apply_marks(event)

    async def _follow(self) -> None:
        while True:
            began = self._clock()
            try:
                async with asyncio.timeout(self._waits.tokens):
                    await self._turn(began)
            except Exception as error:  # whatever it is, this copy goes blind and tries again
                self._fail(error)
            await asyncio.sleep(max(POLL - (self._clock() - began), 0.001))

    async def _turn(self, began: float) -> None:
        await self._stream.read()
        if self._stream.generation != self._generation:
            self._debts += bool(self._generation and self._ledger.marks())  # another Redis may not know them
            self._generation = self._stream.generation
        if self._debts:
            await self._pay(self._debts)
        elif self._unsure:
            await self._begin_anew()
        self._unsure = False
        self._failures = 0
        self._read_at = began
        self._first.set()
        self._turned.set()
        self._turned = asyncio.Event()

    async def _pay(self, debts: int) -> None:
        marks = self._ledger.marks()
        await self._stream.append([AllRenewed(), *_as_events(marks)], held=marks)
        self._debts -= debts
        self._paid_at = self._clock()
        log.info("Redis answers again; everything cached is made anew")

    async def _begin_anew(self) -> None:
        """Here alone. At a place of its own: what others made at an earlier one may be old."""
        await self._stream.append([Passed()])
        self._ledger.renew_all(self._stream.position)
        self._failed_locally += 1

    def _fail(self, error: Exception) -> None:
        self.errors += 1
        self._failures += 1
        self._unsure = self._unsure or self.is_blind
        if self._clock() - self._read_at > self._waits.outage_after and not self._debts:
            self._debts = 1
            log.warning("Redis does not answer; answers are kept for a moment only", error=_describe(error))


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), _MOST_NAMES):
        yield tuple(names[start : start + _MOST_NAMES])


def _as_events(marks: Iterable[Mark]) -> list[Event]:
    names: dict[int, list[str]] = {}
    for name, holder in marks:
        names.setdefault(holder, []).append(name)
    return [Held(part, holder) for holder, held in names.items() for part in _parts(held)]
