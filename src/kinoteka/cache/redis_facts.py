"""Redis as `kinoteka doctor` sees it."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from kinoteka.cache.redis_link import FAILURES, open_redis
from kinoteka.errors import UnavailableError
from kinoteka.servers import ServerFacts

OLDEST = (6, 2)
_PATIENCE = 3.0


async def gather_facts(url: str) -> ServerFacts:
    """Raises UnavailableError."""
    try:
        async with asyncio.timeout(_PATIENCE), open_redis(url) as redis:
            info: dict[str, Any] = await redis.info()
    except FAILURES as error:
        raise UnavailableError(f"Redis does not answer: {error or type(error).__name__}.") from error
    used, most = int(info["used_memory"]) / 2**20, int(info.get("maxmemory", 0)) / 2**20
    room = f"{used:.0f} of {most:.0f} MB" if most else f"{used:.0f} MB, no limit"
    return ServerFacts(f"{info['redis_version']}, {room}", tuple(_find_faults(info)))


def _find_faults(info: Mapping[str, Any]) -> Iterator[str]:
    version = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if version < OLDEST:
        yield "Use Redis 6.2 or newer."
    if info.get("role") != "master":
        yield "It is a replica, which takes no writes: name the primary in KINOTEKA_REDIS_URL."
