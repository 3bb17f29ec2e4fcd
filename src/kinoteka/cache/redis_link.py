"""The way to Redis: one client for tokens and answers, and which errors mean that it is of no use just now."""

from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

FAILURES = (RedisError, OSError)  # a TimeoutError is an OSError

Connected = Callable[[], None]


def open_redis(url: str, connected: Connected | None = None) -> Redis:
    """Connects when first asked. No command is sent twice: whoever asks decides. `connected`: told of every connection.

    Timeouts are those of the callers, who know how long an answer is worth waiting for.
    """
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,
        socket_connect_timeout=None,
        protocol=2,
        client_name="kinoteka",
        redis_connect_func=_greeting(connected) if connected else None,
    )


def _greeting(connected: Connected) -> Callable[[Any], Awaitable[None]]:
    async def greet(connection: Any) -> None:
        connected()
        await connection.on_connect()

    return greet
