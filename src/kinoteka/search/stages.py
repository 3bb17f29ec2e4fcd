"""A search in stages: what the words themselves find comes first; the query is bent only when that is too little."""

from typing import Protocol

from msgspec import Struct

from kinoteka.search.clauses import Best, Clause, Nothing
from kinoteka.search.ranking import (
    GOOD,
    WHOLE_KEY,
    Query,
    begun,
    edited,
    layouts,
    literal,
    nearly_begun,
    resembling,
    understand,
)

ENOUGH = 5


class Probe(Protocol):
    """How an engine is asked for the best scores of a clause under the search's filters."""

    def __call__(self, clause: Clause, size: int) -> list[float]: ...


class Plan(Struct, frozen=True):
    clause: Clause
    rewritten_to: str | None = None
    """The text of another keyboard layout that was answered."""
    is_bent: bool = False
    """The best hit has not the words as typed: its title is what was meant, if anything."""


def make_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    if not query.words and not layouts(query):
        return Plan(Nothing())
    stage = literal(query)
    scores = probe(stage, ENOUGH)
    if _is_enough(scores):
        return Plan(stage)
    return _widened(query, stage, scores, probe)


def _is_enough(scores: list[float]) -> bool:
    return bool(scores) and (scores[0] >= WHOLE_KEY or len([score for score in scores if score >= GOOD]) >= ENOUGH)


def _widened(query: Query, stage: Clause, scores: list[float], probe: Probe) -> Plan:
    if not scores:
        for variant in layouts(query):
            other = literal(variant)
            if probe(other, 1):
                return Plan(other, rewritten_to=variant.text)
    wider = Best((stage, *edited(query)))
    if scores or probe(wider, 1):
        return Plan(wider, is_bent=not scores)
    for variant in layouts(query):
        other = Best(tuple(edited(variant)))
        if variant.words and probe(other, 1):
            return Plan(other, rewritten_to=variant.text, is_bent=True)
    last = tuple(resembling(query))
    return Plan(Best(last), is_bent=True) if last else Plan(Nothing())


def make_suggest_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    plain = begun(query)
    if query.words and probe(plain, 1):
        return Plan(plain)
    for variant in layouts(query):
        other = begun(variant)
        if probe(other, 1):
            return Plan(other, rewritten_to=variant.text)
    nearly = tuple(nearly_begun(query))
    return Plan(Best(nearly), is_bent=True) if nearly else Plan(Nothing())
