"""Answers kept in this process: each is good while the tokens read before it was made are unchanged."""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kinoteka.cache.flight import Flights
from kinoteka.cache.lru import ByteLru
from kinoteka.cache.port import Tokens
from kinoteka.errors import UnavailableError
from kinoteka.web.answer import Answer
from kinoteka.web.negotiation import Coding
from kinoteka.web.rendered import Rendered, Variant

LIFETIME = 600.0
"""Seconds; a backstop against a token that was never renewed, not what makes answers right. Give or take a tenth."""
LONGEST_STALE = 600.0
"""Seconds since an answer was last known to be right that it may stand in for a dependency that is down."""
_MEMO_SHARE = 8
_MEMO_OVERHEAD = 300

Target = tuple[str, bytes]
"""Path and raw query string."""


@dataclass(frozen=True, slots=True)
class Depends:
    """The tokens an answer hangs on, and the names that, while pending, make every kept answer unfit.

    `route`: the path template, for whoever counts hits; filled by the mounting.
    """

    tokens: tuple[str, ...]
    pending: tuple[str, ...] = ()
    route: str = ""


@dataclass(slots=True)
class Entry:
    key: bytes
    depends: Depends
    tokens: tuple[bytes, ...]
    rendered: Rendered
    expires: float
    known_good: float
    kept_size: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer to send; `stale_for`: seconds since it was last known to be right, None for a fresh one."""

    rendered: Rendered
    stale_for: int | None = None
    is_hit: bool = False


class ResponseCache:
    def __init__(self, tokens: Tokens, most_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._tokens = tokens
        self._clock = clock
        self._entries: ByteLru[bytes, Entry] = ByteLru(most_bytes - most_bytes // _MEMO_SHARE)
        self._memo: ByteLru[Target, bytes] = ByteLru(most_bytes // _MEMO_SHARE)
        self._flights: Flights[Rendered] = Flights()

    @property
    def size(self) -> int:
        """Bytes."""
        return self._entries.bytes + self._memo.bytes

    def find_target(self, target: Target) -> Entry | None:
        """The way of a hot hit: no parsing, no routing, nothing awaited."""
        key = self._memo.get(target)
        return self._find(key) if key is not None else None

    def variant(self, entry: Entry, coding: Coding) -> Variant:
        variant = entry.rendered.variant(coding)
        if entry.rendered.size != entry.kept_size:
            self._keep(entry)
        return variant

    async def answer(self, target: Target, key: bytes, depends: Depends, make: Callable[[], Awaitable[Answer]]) -> Kept:
        """From the entry of that key, else by `make`, run once for all who ask at the same time.

        When `make` raises UnavailableError an answer that was right ten minutes ago or less stands in.
        """
        self._memo.put(target, key, len(target[0]) + len(target[1]) + _MEMO_OVERHEAD)
        entry = self._find(key)
        if entry is not None:
            return Kept(entry.rendered, is_hit=True)
        try:
            return Kept(await self._make(key, depends, make))
        except UnavailableError:
            stale = self._find_stale(key)
            if stale is None:
                raise
            return stale

    def _find(self, key: bytes) -> Entry | None:
        entry = self._entries.get(key)
        if entry is None or not self._is_good(entry):
            return None
        return entry

    def _is_good(self, entry: Entry) -> bool:
        now = self._clock()
        tokens = self._tokens
        if now >= entry.expires or tokens.current(entry.depends.tokens) != entry.tokens:
            return False
        for name in entry.depends.pending:
            if tokens.is_pending(name):
                return False
        entry.known_good = now
        return True

    async def _make(self, key: bytes, depends: Depends, make: Callable[[], Awaitable[Answer]]) -> Rendered:
        tokens = self._tokens.current(depends.tokens)  # before the engine is asked
        pending = tuple(map(self._tokens.is_pending, depends.pending))

        async def work() -> Rendered:
            rendered = Rendered(await make())
            if rendered.status == 200:
                self._store(key, depends, tokens, rendered)
            return rendered

        if any(pending):
            return Rendered(await make())  # not shared: an answer begun earlier may miss a commit
        return await self._flights.join((key, tokens), work)

    def _store(self, key: bytes, depends: Depends, tokens: tuple[bytes, ...], rendered: Rendered) -> None:
        now = self._clock()
        lifetime = LIFETIME * random.uniform(0.9, 1.1)  # noqa: S311 - spreads expiry, guards nothing
        self._keep(Entry(key, depends, tokens, rendered, now + lifetime, now))

    def _keep(self, entry: Entry) -> None:
        entry.kept_size = entry.rendered.size
        self._entries.put(entry.key, entry, entry.kept_size)

    def _find_stale(self, key: bytes) -> Kept | None:
        entry = self._entries.get(key)
        if entry is None or any(map(self._tokens.is_pending, entry.depends.pending)):
            return None
        age = self._clock() - entry.known_good
        return Kept(entry.rendered, int(age)) if age <= LONGEST_STALE else None
