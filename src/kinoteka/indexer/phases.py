"""What the consumers of one process did, and where their time goes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

PHASES = ("claim", "build", "write", "acknowledge")


@dataclass
class Phases:
    """`seconds`: of the last batch, by phase; `totals`: the same of all batches since the process began.

    `documents`: written or deleted by the last batch. `counts`, since the process began: batches, documents, refused
    (documents that became dead letters), conflicts. `acknowledged`: the highest version of a document that was
    acknowledged.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    documents: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.seconds[phase] = took = perf_counter() - began
        self.totals[phase] = self.totals.get(phase, 0.0) + took

    def count_batch(self, documents: int, refused: int) -> None:
        self.documents = documents
        self.counts.update(batches=1, documents=documents, refused=refused)
