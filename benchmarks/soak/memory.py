"""How much memory each process has, once a second, and whether it grows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from time import monotonic

from msgspec import Struct

from benchmarks.machine import memory
from benchmarks.soak.hosts import Fleet

EVERY = 1.0
WARM = 0.4
"""Share of a process' life in which it fills its caches and pools."""
SHORTEST = 240.0
"""Seconds that a process must have lived to be judged."""
MOST_GROWTH, MOST_MEGABYTES = 0.10, 15.0
"""After that time it may grow by this share, or by so much, whichever is more: a leak goes on, an allocator settles."""


class Growth(Struct, frozen=True):
    """In MB, and MB a minute. `is_judged`: it lived long enough."""

    name: str
    seconds: float
    first: float
    last: float
    most: float
    slope: float
    is_judged: bool

    @property
    def is_too_much(self) -> bool:
        grown = self.slope * self.seconds * (1 - WARM) / 60
        return self.is_judged and grown > max(MOST_MEGABYTES, MOST_GROWTH * self.last)


@dataclass
class Watch:
    fleet: Fleet
    samples: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    async def go_on(self) -> None:
        while True:
            for pid, name in self.fleet.named().items():
                if held := memory(pid):
                    self.names[pid] = name
                    self.samples.setdefault(pid, []).append((monotonic(), held))
            await asyncio.sleep(EVERY)

    def growths(self) -> list[Growth]:
        return [measure(self.names[pid], samples) for pid, samples in self.samples.items() if len(samples) > 10]


def measure(name: str, samples: Sequence[tuple[float, float]]) -> Growth:
    """`samples`: seconds and MB."""
    began, ended = samples[0][0], samples[-1][0]
    warm = [sample for sample in samples if sample[0] >= began + WARM * (ended - began)]
    held = [value for _, value in warm]
    edge = max(1, len(held) // 10)
    return Growth(
        name,
        ended - began,
        median(held[:edge]),
        median(held[-edge:]),
        max(value for _, value in samples),
        60 * _slope(warm),
        ended - began >= SHORTEST,
    )


def _slope(samples: Sequence[tuple[float, float]]) -> float:
    """Of the line with the least squares."""
    at, value = mean(x for x, _ in samples), mean(y for _, y in samples)
    spread = sum((x - at) ** 2 for x, _ in samples)
    return sum((x - at) * (y - value) for x, y in samples) / spread if spread else 0.0
