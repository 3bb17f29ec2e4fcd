"""Kept answers: each is good while the tokens read before it was made are unchanged.

Two levels: this process's memory, and what all processes share, if there is such a thing.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from kinoteka.cache.flight import Flights
from kinoteka.cache.lru import ByteLru
from kinoteka.cache.port import Tokens
from kinoteka.errors import UnavailableError
from kinoteka.web.answer import Answer
from kinoteka.web.exchange import CacheResult
from kinoteka.web.negotiation import Coding
from kinoteka.web.rendered import Rendered, Variant
from kinoteka.web.shared_level import Look, Shared, SharedLevel

LIFETIME = 600.0
"""Seconds; a backstop against a token that was never renewed, not what makes answers right. Give or take a tenth."""
LONGEST_STALE = 600.0
"""Seconds since an answer was last known to be right that it may stand in for a dependency that is down."""
LONGEST_WAIT, GLANCE = 0.2, 0.02
"""Seconds that one waits for another process to make an answer, and between two looks."""
_MEMO_SHARE = 8
_MEMO_LEAST = 2**20
_MEMO_OVERHEAD = 300

Target = tuple[str, bytes]
"""Path and raw query string."""
Make = Callable[[], Awaitable[Answer]]


class Depends(Struct, frozen=True):
    """The tokens an answer hangs on, and the names that, while pending, make every kept answer unfit.

    `route`: the path template, for whoever counts hits; `is_private`: for accounts only. Both are filled by the
    mounting.
    """

    tokens: tuple[str, ...]
    pending: tuple[str, ...] = ()
    route: str = ""
    is_private: bool = False


class Wanted(Struct, frozen=True):
    """An answer by its canonical key, and what decides whether a kept one is good."""

    key: bytes
    depends: Depends


class Entry(Struct):
    """`tokens` decides here, `mark` in the shared level."""

    wanted: Wanted
    tokens: bytes
    mark: bytes | None
    rendered: Rendered
    expires: float
    known_good: float
    kept_size: int = 0


class Kept(Struct, frozen=True):
    """An answer to send; `stale_for`: seconds since it was last known to be right, None for a fresh one."""

    rendered: Rendered
    result: CacheResult
    stale_for: int | None = None


class ResponseCache:
    def __init__(
        self,
        tokens: Tokens,
        most_bytes: int,
        shared: SharedLevel | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        memo_bytes = max(most_bytes // _MEMO_SHARE, _MEMO_LEAST if shared else 0)
        self._entries: ByteLru[bytes, Entry] = ByteLru(most_bytes - most_bytes // _MEMO_SHARE)
        self._memo: ByteLru[Target, Wanted] = ByteLru(memo_bytes)
        self._flights: Flights[Kept] = Flights()
        self.shared = shared

    @property
    def size(self) -> int:
        """Bytes."""
        return self._entries.bytes + self._memo.bytes

    @property
    def is_late(self) -> bool:
        """Whether another process may have answered a write that is unknown here."""
        return self._tokens.is_late

    async def catch_up(self) -> None:
        await self._tokens.catch_up()

    def find_target(self, target: Target) -> Entry | None:
        """The way of a hot hit: no parsing, no routing, nothing awaited."""
        wanted = self._memo.get(target)
        return self._find(wanted) if wanted is not None else None

    async def look_for(self, target: Target, coding: Coding) -> tuple[Wanted, Look] | None:
        """What the shared level has for an address that was asked before. None: it was not asked."""
        wanted = self._memo.get(target)
        shared = self._level(wanted) if wanted is not None else None
        if wanted is None or shared is None or self._is_pending(wanted):
            return None
        tokens = self._tokens.current(wanted.depends.tokens)
        look = await shared.look(wanted.key, coding, wanted.depends.tokens)
        if self._is_pending(wanted):
            return None  # since it was asked
        if look.found is not None and look.found.is_good:
            self._take_over(wanted, tokens, look.found)
        return wanted, look

    def variant(self, entry: Entry, coding: Coding) -> Variant:
        variant = entry.rendered.variant(coding)
        if entry.rendered.size != entry.kept_size:
            self._keep(entry)
            self._share(entry, coding)
        return variant

    async def answer(
        self, target: Target, wanted: Wanted, coding: Coding, make: Make, look: Look | None = None
    ) -> Kept:
        """From the entry of that key, else by `make`, run once for all who ask at the same time.

        `look`: what the shared level was found to have. When `make` raises UnavailableError an answer that was right
        ten minutes ago or less stands in.
        """
        self._memo.put(target, wanted, len(target[0]) + len(target[1]) + _MEMO_OVERHEAD)
        entry = self._find(wanted)
        if entry is not None:
            return Kept(entry.rendered, "l1")
        tokens = self._tokens.current(wanted.depends.tokens)  # before the engine is asked
        if self._is_pending(wanted):
            return Kept(Rendered(await make()), "miss")  # not shared: an answer begun earlier may miss a commit

        async def work() -> Kept:
            return await self._fill(wanted, tokens, coding, make, look)

        return await self._flights.join((wanted.key, tokens), work)

    async def _fill(self, wanted: Wanted, tokens: bytes, coding: Coding, make: Make, look: Look | None) -> Kept:
        shared = self._level(wanted)
        if shared is None:
            return await self._make_or_stale(wanted, tokens, coding, make, None)
        found = (look or await shared.look(wanted.key, coding, wanted.depends.tokens)).found
        claimed = False
        if found is not None and not found.is_good and not self._is_pending(wanted):
            found, claimed = await self._await_other(shared, wanted, coding, found)
        try:
            if self._is_pending(wanted):
                found = None  # since it was asked or waited for
            if found is not None and found.is_good:
                self._take_over(wanted, tokens, found)
                return Kept(found.rendered, "l2")
            return await self._make_or_stale(wanted, tokens, coding, make, found)
        finally:
            if claimed:
                shared.release(wanted.key)

    async def _make_or_stale(
        self, wanted: Wanted, tokens: bytes, coding: Coding, make: Make, outdated: Shared | None
    ) -> Kept:
        try:
            return await self._make(wanted, tokens, coding, make)
        except UnavailableError:
            stale = self._find_stale(wanted, outdated)
            if stale is None:
                raise
            return stale

    async def _await_other(
        self, shared: SharedLevel, wanted: Wanted, coding: Coding, found: Shared
    ) -> tuple[Shared, bool]:
        """What another process made of an outdated answer, else that one; and whether it is claimed by this process.

        Only what was asked before is worth a claim: nobody else is likely to ask for the rest at the same time.
        """
        deadline = self._clock() + LONGEST_WAIT
        while True:
            claimed = await shared.claim(wanted.key)
            newer = (await shared.look(wanted.key, coding, wanted.depends.tokens)).found  # made until it was claimed?
            if newer is not None and newer.is_good:
                return newer, claimed
            if claimed or self._clock() >= deadline:
                return found, claimed
            await asyncio.sleep(GLANCE)

    async def _make(self, wanted: Wanted, tokens: bytes, coding: Coding, make: Make) -> Kept:
        mark = self._tokens.mark()  # before the engine is asked
        rendered = Rendered(await make())
        if rendered.status == 200:
            now = self._clock()
            lifetime = LIFETIME * random.uniform(0.9, 1.1)  # noqa: S311 - spreads expiry, guards nothing
            entry = Entry(wanted, tokens, mark, rendered, now + lifetime, now)
            self._share(entry, "")
            if coding:
                self._share(entry, coding)
            self._keep(entry)
        return Kept(rendered, "miss")

    def _level(self, wanted: Wanted) -> SharedLevel | None:
        """None for what hangs on nothing: every process makes it as fast."""
        return self.shared if wanted.depends.tokens else None

    def _find(self, wanted: Wanted) -> Entry | None:
        entry = self._entries.get(wanted.key)
        if entry is None or not self._is_good(entry):
            return None
        return entry

    def _is_good(self, entry: Entry) -> bool:
        now = self._clock()
        depends = entry.wanted.depends
        if now >= entry.expires or self._tokens.current(depends.tokens) != entry.tokens:
            return False
        for name in depends.pending:
            if self._tokens.is_pending(name):
                return False
        entry.known_good = now
        return True

    def _is_pending(self, wanted: Wanted) -> bool:
        return any(map(self._tokens.is_pending, wanted.depends.pending))

    def _take_over(self, wanted: Wanted, tokens: bytes, found: Shared) -> None:
        """`tokens`: read before the shared level was asked."""
        now = self._clock()
        self._keep(Entry(wanted, tokens, found.mark, found.rendered, now + found.lasts, now))

    def _share(self, entry: Entry, coding: Coding) -> None:
        shared = self._level(entry.wanted)
        if shared is not None and entry.mark is not None:
            shared.keep(entry.wanted.key, coding, entry.rendered, entry.mark, entry.expires - self._clock())

    def _keep(self, entry: Entry) -> None:
        entry.kept_size = entry.rendered.size
        self._entries.put(entry.wanted.key, entry, entry.kept_size)

    def _find_stale(self, wanted: Wanted, found: Shared | None) -> Kept | None:
        if self._is_pending(wanted):
            return None
        entry = self._entries.get(wanted.key)
        candidates = [(self._clock() - entry.known_good, entry.rendered)] if entry is not None else []
        if found is not None:
            candidates.append((found.age, found.rendered))
        age, rendered = min(candidates, key=lambda one: one[0], default=(LONGEST_STALE + 1, None))
        return Kept(rendered, "stale", int(age)) if rendered is not None and age <= LONGEST_STALE else None
