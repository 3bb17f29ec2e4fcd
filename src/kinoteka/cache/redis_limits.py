"""Requests counted in Redis, over all processes; in this one while Redis cannot be asked."""

from time import monotonic, time

import structlog
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from kinoteka.cache.memory_limits import MemoryLimiter, limit_item
from kinoteka.cache.rate_limits import Limit, Quota

_TIMEOUT = 0.1
_PAUSE = 5.0
"""Seconds until Redis is asked again after it failed."""

log = structlog.get_logger()


class RedisLimiter:
    def __init__(self, url: str, prefix: str) -> None:
        # Ours, because a storage does not close the connections that it makes.
        self._pool = ConnectionPool.from_url(url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)
        storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=f"{prefix}:limits",
            connection_pool=self._pool,  # type: ignore[arg-type] # it hands its options on, whatever they are
        )
        self._limiter = FixedWindowRateLimiter(storage)
        self._here = MemoryLimiter()
        self._blind_until = 0.0

    async def count(self, limit: Limit, client: str) -> Quota:
        if monotonic() < self._blind_until:
            return await self._here.count(limit, client)
        try:
            return await self._count(limit, client)
        except StorageError as error:
            self._blind_until = monotonic() + _PAUSE
            log.warning("Redis does not count requests: each process counts its own", reason=str(error))
            return await self._here.count(limit, client)

    async def _count(self, limit: Limit, client: str) -> Quota:
        item = limit_item(limit)
        passed = not await self._limiter.hit(item, client)
        stats = await self._limiter.get_window_stats(item, client)
        return Quota(limit, stats.remaining, max(0.0, stats.reset_time - time()), passed)

    async def close(self) -> None:
        await self._pool.disconnect()
        await self._here.close()
