"""Tokens of one process, in its memory."""

import secrets
from collections.abc import Sequence
from itertools import count

from kinoteka.cache.ledger import BEGINNING, MOST_NAMES, Ledger
from kinoteka.cache.port import REBUILD
from kinoteka.cache.snapshot import Snapshot


class MemoryTokens:
    errors = 0
    lag = 0.0
    doubt = 0.0
    is_late = False

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        self._era = secrets.token_bytes(16)  # of another process no mark holds
        self._numbers = count(1)
        self._last = BEGINNING
        self._ledger = Ledger(most_names)

    @property
    def is_blind(self) -> bool:
        return False

    async def catch_up(self) -> None: ...

    def current(self, names: Sequence[str]) -> bytes:
        return self._era + self._ledger.newest(names)

    def mark(self) -> bytes | None:
        return self._era + self._last

    def holds(self, names: Sequence[str], mark: bytes) -> bool:
        return mark[:16] == self._era and self._ledger.newest(names) <= mark[16:]

    async def renew(self, names: Sequence[str], seen: Snapshot | None = None) -> None:
        self._ledger.renew(names, self._next())
        self._ledger.release(self._ledger.marks(names, seen))

    async def renew_all(self) -> None:
        self._ledger.renew_all(self._next())

    async def hold(self, names: Sequence[str], holder: int = REBUILD) -> None:
        self._ledger.hold(names, holder)

    async def release(self, names: Sequence[str], holder: int = REBUILD) -> None:
        self._ledger.release([(name, holder) for name in names])

    async def settle(self, seen: Snapshot) -> None:
        self._ledger.release(self._ledger.marks(seen=seen))

    def is_pending(self, name: str) -> bool:
        return self._ledger.is_pending(name)

    def _next(self) -> bytes:
        self._last = next(self._numbers).to_bytes(16)
        return self._last
