"""How long a change takes to be found, all the time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from uuid import uuid4

from benchmarks.soak.calls import Caller

PAUSE = 0.2
_LOOK = 0.02
_PATIENCE = 60.0


@dataclass
class Probe:
    """`times`: when a change was acknowledged, and the seconds from there until a list shows it."""

    caller: Caller
    films: list[str]
    times: list[tuple[float, float]] = field(default_factory=list)

    async def go_on(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            await self._measure()
            await asyncio.sleep(PAUSE)

    async def _measure(self) -> None:
        title = f"Probe {uuid4().hex}"
        changed = await self.caller.ask(
            *("title changed", "PATCH", f"/films/{self.caller.random.choice(self.films)}"),
            headers={"If-Match": "*", "Content-Type": "application/merge-patch+json"},
            json={"title": title},
        )
        if changed is None:
            return
        began = monotonic()
        while monotonic() < began + _PATIENCE:
            found = await self.caller.ask("list by title", "GET", "/films", params={"title_prefix": title})
            if found is not None and found.json()["total"]:
                self.times.append((began, monotonic() - began))
                return
            await asyncio.sleep(_LOOK)
        self.caller.records.add_fault(f"film {title!r}", f"not in lists after {_PATIENCE:g} s")

    def slowest(self, began: float, ended: float) -> float:
        return max((taken for at, taken in self.times if at + taken >= began and at <= ended), default=0.0)

    def percentile(self, share: float) -> float:
        times = sorted(taken for _, taken in self.times)
        return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0
