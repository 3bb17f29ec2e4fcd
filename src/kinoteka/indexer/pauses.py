"""How often to look, and how long to wait after a failure."""

import asyncio
import random
from asyncio import Event
from contextlib import suppress

POLL, HEARTBEAT = 0.05, 2.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 5.0


async def pause(stop: Event, seconds: float) -> None:
    """Shorter if `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def backoff(failures: int) -> float:
    """Seconds: full jitter under a bound that doubles."""
    return random.uniform(SHORTEST_PAUSE, min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(failures, 10)))  # noqa: S311 - jitter
