"""Where the feed's time goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Phases:
    """Of the last batch: seconds in each step (claim, build, write, acknowledge), and documents written or deleted."""

    seconds: dict[str, float] = field(default_factory=dict)
    documents: int = 0

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.seconds[phase] = perf_counter() - began
