"""Keeps away from what failed several times in a row, and tries again after a while."""

import time
from collections.abc import Callable

FAILURES = 3
PAUSE = 1.0
"""Seconds."""


class Breaker:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._closed_until = 0.0
        self.errors = 0
        """All there ever were."""

    @property
    def allows(self) -> bool:
        return self._failures < FAILURES or self._clock() >= self._closed_until

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self.errors += 1
        self._failures += 1
        self._closed_until = self._clock() + PAUSE
