"""What a request must pass before it is answered: the guard of its route, and how often its client may ask."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from kinoteka.cache.rate_limits import Limit, Limiter
from kinoteka.errors import TooManyRequestsError
from kinoteka.web.client_address import Network
from kinoteka.web.exchange import Exchange
from kinoteka.web.guard import Access, Caller, Gate, Guard, OneselfOr, Permission
from kinoteka.web.idempotency import Deeds
from kinoteka.web.rate_limit import client_key, quota_headers


@dataclass(frozen=True)
class Entrance:
    gate: Gate
    limiter: Limiter
    deeds: Deeds
    private_catalogue: bool = False
    proxies: tuple[Network, ...] = ()

    def is_private(self, guard: Guard) -> bool:
        """Whether somebody must be signed in."""
        return guard is not Access.PUBLIC and (guard is not Access.CATALOGUE or self.private_catalogue)

    async def admit(self, guard: Guard, exchange: Exchange, path: dict[str, Any]) -> Caller | None:
        """None where nobody needs to be signed in. Raises UnauthorizedError and ForbiddenError."""
        if not self.is_private(guard):
            return None
        caller = await self.gate.authenticate(exchange)
        if isinstance(guard, OneselfOr):
            if path.get(guard.parameter, "").lower() != str(caller.user_id):
                await self.gate.authorize(exchange, caller, guard.permission)
        elif isinstance(guard, Permission):
            await self.gate.authorize(exchange, caller, guard)
        return caller

    async def count(self, limit: Limit | None, exchange: Exchange) -> None:
        """Raises TooManyRequestsError; what is left stands in the answer's headers either way."""
        if limit is None or not limit.quota:
            return
        quota = await self.limiter.count(limit, client_key(exchange.client))
        exchange.extra = tuple((name.lower().encode(), value.encode()) for name, value in quota_headers(quota).items())
        if quota.is_passed:
            wait = max(1, ceil(quota.reset))
            raise TooManyRequestsError(f"Too many requests; try again in {wait} s.", wait)
