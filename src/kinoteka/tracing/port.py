"""What the application asks of a tracer."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # who only opens services does without the web framework
    from litestar.types import ASGIApp

    from kinoteka.web.exchange import Exchange


class Tracing(Protocol):
    def wrap(self, app: "ASGIApp") -> "ASGIApp":
        """Every request to `app` runs in a span of its own, a child of the one that `traceparent` names."""

    def finish(self, exchange: "Exchange") -> None:
        """Tells the running request's span how it ended."""

    async def close(self) -> None:
        """Sends what waits, for a few seconds at most."""
