"""Fails fast while a server does not answer, so that nobody waits for what will not come and nothing piles up."""

from collections.abc import Callable
from time import monotonic


class Breaker:
    """Opens after so many failures on end; from then on one call in `pause` seconds tries whether it is back."""

    def __init__(self, failures: int = 3, pause: float = 1.0, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._pause, self._clock = failures, pause, clock
        self._failures = 0
        self._next_try = 0.0

    def admits(self) -> bool:
        """Whether to call now; whoever is let through while it is open keeps the others out for the pause."""
        if self._failures < self._most:
            return True
        now = self._clock()
        if now < self._next_try:
            return False
        self._next_try = now + self._pause
        return True

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        self._failures += 1
        self._next_try = self._clock() + self._pause
