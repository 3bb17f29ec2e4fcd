"""An engine that is watched: how often it is asked, when it answers, whether it is there."""

import asyncio
from typing import Any

from kinoteka.search.engine import EngineUnavailableError

_READING = ("get", "page", "search", "suggest", "get_many", "similar", "find_external", "find_genres")


class Counting:
    """The real engine, with a count of what it was asked, a gate to hold answers back, and a switch to take it down."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.calls: list[str] = []
        self.gate: asyncio.Event | None = None
        self.arrived = asyncio.Event()
        self.down = False

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._engine, name)
        if name not in _READING:
            return verb

        async def counted(*arguments: Any) -> Any:
            self.calls.append(name)
            if self.down:
                raise EngineUnavailableError("The search engine does not answer.")
            answer = await verb(*arguments)
            self.arrived.set()
            if self.gate is not None:
                await self.gate.wait()
            return answer

        return counted
