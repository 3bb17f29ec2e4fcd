"""Tokens of one process, in its memory."""

import secrets
from collections.abc import Sequence
from itertools import count

_MOST_NAMES = 1_000_000


class MemoryTokens:
    """Names that were never renewed share one value, so memory grows with what changed, not with what was read.

    Past a million changed names all values are replaced at once: every answer kept is then made anew, none is wrong.
    """

    def __init__(self, most_names: int = _MOST_NAMES) -> None:
        self._most_names = most_names
        self._process = secrets.token_bytes(8)
        self._numbers = count()
        self._untouched = self._fresh()
        self._values: dict[str, bytes] = {}
        self._pending: set[str] = set()

    def current(self, names: Sequence[str]) -> tuple[bytes, ...]:
        return tuple([self._values.get(name, self._untouched) for name in names])

    async def renew(self, names: Sequence[str]) -> None:
        self._values.update((name, self._fresh()) for name in names)
        self._pending.difference_update(names)
        if len(self._values) > self._most_names:
            await self.renew_all()

    async def renew_all(self) -> None:
        self._values.clear()
        self._untouched = self._fresh()

    async def hold(self, names: Sequence[str]) -> None:
        self._pending.update(names)

    def is_pending(self, name: str) -> bool:
        return name in self._pending

    def _fresh(self) -> bytes:
        return self._process + next(self._numbers).to_bytes(8)
