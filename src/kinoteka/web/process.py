"""What an application has to know of the process that it answers in."""

from asyncio import Event
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from kinoteka.web.metrics import Metrics

Gather = Callable[[], Awaitable[Mapping[str, str]]]
"""What every process counted, by its name: `Metrics.own_counts`."""


@dataclass(frozen=True)
class Process:
    """`stop` is set once it is told to end: it is not ready any more then. `gather`: None where it works alone."""

    stop: Event = field(default_factory=Event)
    metrics: Metrics = field(default_factory=Metrics)
    gather: Gather | None = None
