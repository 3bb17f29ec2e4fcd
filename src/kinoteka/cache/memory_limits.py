"""Requests counted in this process."""

from time import time

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from kinoteka.cache.rate_limits import Limit, Quota


class MemoryLimiter:
    def __init__(self) -> None:
        # Not the asynchronous one, which looks through all it has at every request.
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, limit: Limit, client: str) -> Quota:
        item = limit_item(limit)
        passed = not self._limiter.hit(item, client)
        reset, remaining = self._limiter.get_window_stats(item, client)
        return Quota(limit, remaining, max(0.0, reset - time()), passed)

    async def close(self) -> None:
        self._limiter.storage.reset()


def limit_item(limit: Limit) -> RateLimitItem:
    return RateLimitItemPerSecond(limit.quota, limit.window, namespace=limit.name)
