"""Running the queries through the engine's port, and what comes of it."""

import random
from math import log2
from time import perf_counter

import msgspec
from msgspec import Struct

from benchmarks.relevance.slices import Case, Slice
from kinoteka.search.engine import Found, SearchEngine
from kinoteka.search.query import Search, Suggest

DEPTH, TOP = 10, 3
SLOW = 5.0
"""Milliseconds."""
FEWEST = 20
"""A gate over fewer queries says nothing."""


class Outcome(Struct, frozen=True):
    case: Case
    rank: int | None
    """Of the first right answer, from 1; None: not in the first ten."""
    shown: int
    ranks: tuple[int, ...]
    """Of every right answer shown."""
    milliseconds: float
    top: tuple[str, ...] = ()
    """The first answers, as a person would name them."""


class _Named(Struct):
    """What an answer is called by: a film's title, another's name."""

    title: str = ""
    name: str = ""
    year: int | None = None

    def __str__(self) -> str:
        return f"{self.title or self.name}{f' ({self.year})' if self.year else ''}"


class Result(Struct, frozen=True):
    slice: Slice
    outcomes: list[Outcome]

    @property
    def value(self) -> float:
        return mean([score(self.slice, outcome) for outcome in self.outcomes])

    @property
    def is_gated(self) -> bool:
        return len(self.outcomes) >= FEWEST

    @property
    def passes(self) -> bool:
        if not self.is_gated:
            return True
        return self.value < self.slice.gate if self.slice.metric == "answered" else self.value >= self.slice.gate

    def interval(self, seed: int = 1, rounds: int = 500) -> tuple[float, float]:
        """95 %, by the bootstrap over queries."""
        drawn = random.Random(seed)
        scores = [score(self.slice, outcome) for outcome in self.outcomes]
        means = sorted(mean(drawn.choices(scores, k=len(scores))) for _ in range(rounds)) if scores else [0.0]
        return means[int(len(means) * 0.025)], means[int(len(means) * 0.975)]


def score(of: Slice, outcome: Outcome) -> float:
    match of.metric:
        case "S@1":
            return first(outcome)
        case "MRR":
            return reciprocal(outcome)
        case "answered":
            return float(outcome.shown > 0)


def first(outcome: Outcome) -> float:
    return float(outcome.rank == 1)


def reciprocal(outcome: Outcome) -> float:
    return 1 / outcome.rank if outcome.rank else 0.0


def discounted_gain(outcome: Outcome) -> float:
    """nDCG@10 with every right answer worth the same."""
    gain = sum(1 / log2(rank + 1) for rank in outcome.ranks)
    best = sum(1 / log2(rank + 1) for rank in range(1, min(DEPTH, len(outcome.case.right)) + 1))
    return gain / best if best else 0.0


async def run(engine: SearchEngine, of: Slice) -> Result:
    return Result(of, [await _ask(engine, case) for case in of.cases])


async def _ask(engine: SearchEngine, case: Case) -> Outcome:
    found, took = await _timed(engine, case.query)
    if took > SLOW:
        # Once more: what another process took away from this one is not the engine's.
        took = min(took, (await _timed(engine, case.query))[1])
    ids = [item.stored.id for item in found.items]
    ranks = tuple(rank for rank, id in enumerate(ids, 1) if id in case.right)  # noqa: A001 - the field's own term
    top = tuple(str(msgspec.json.decode(item.stored.data, type=_Named)) for item in found.items[:TOP])
    return Outcome(case, ranks[0] if ranks else None, len(ids), ranks, took, top)


async def _timed(engine: SearchEngine, text: str) -> tuple[Found, float]:
    started = perf_counter()
    found = await engine.search(Search(text=text, size=DEPTH))
    return found, (perf_counter() - started) * 1000


async def suggest_times(engine: SearchEngine, titles: list[str]) -> list[float]:
    """Milliseconds for every beginning of every title, keystroke by keystroke."""
    times = []
    for title in titles:
        for end in range(1, min(len(title), 20) + 1):
            started = perf_counter()
            await engine.suggest(Suggest(text=title[:end]))
            times.append((perf_counter() - started) * 1000)
    return times


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0
