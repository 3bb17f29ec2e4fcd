"""The port to what counts requests. Adapters: memory, Redis."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limit:
    """At most `quota` requests in `window` seconds; a quota of 0 is no limit."""

    name: str
    quota: int
    window: int


@dataclass(frozen=True)
class Quota:
    """What is left of a limit, and in how many seconds it is whole again."""

    limit: Limit
    remaining: int
    reset: float
    is_passed: bool = False


class Limiter(Protocol):
    async def count(self, limit: Limit, client: str) -> Quota:
        """Counts one request. Never fails: what counts elsewhere counts here while that is down."""

    async def close(self) -> None: ...
