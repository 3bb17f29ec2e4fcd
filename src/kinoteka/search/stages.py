"""A search in stages: what the words themselves find comes first; the query is bent only when that is too little."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from kinoteka.search.clauses import Best, Clause, Nothing
from kinoteka.search.ranking import (
    GOOD,
    OTHER_KEY,
    WORDS_EDITED,
    Query,
    begun,
    begun_so,
    edited,
    joined,
    layouts,
    literal,
    nearly_begun,
    resembling,
    spelled_out,
    understand,
)

ENOUGH = 5
_FEW = 2
"""Words that a description may have by accident."""


class Probe(Protocol):
    async def scores(self, clause: Clause) -> list[float]:
        """Of the best hits, best first, at least as many as ENOUGH if there are."""

    async def foresee(self, clauses: Sequence[Clause]) -> None:
        """These are likely to be asked next, one after the other: whoever has far to go may ask them at once."""


class Plan(Struct, frozen=True):
    clause: Clause
    rewritten_to: str | None = None
    """The text of another keyboard layout that was answered."""
    is_bent: bool = False
    """The best hit has not the words as typed: its title is what was meant, if anything."""

    is_widened: bool = False
    """Some hits may have other words than those typed."""
    if_found: Clause | None = None
    """The plan is good only when this finds something by itself."""
    at_least: float = 0
    """The plan is good only when the best hit scores so much: nothing that it leaves out could come before."""


_NOTHING = Plan(Nothing())


async def make_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    stage = literal(query)
    scores = await probe.scores(stage) if query.words else []
    if _is_enough(scores):
        return Plan(stage)
    if in_latin := spelled_out(query):
        return await _first_found([[lambda: Plan(Best((stage, literal(in_latin))))], *_rewritings(query)], probe)
    if scores:
        # What has all of several words is what was meant, most likely: not worth looking far beside it.
        most = 1 if scores[0] >= GOOD or len(query.words) > _FEW else 2
        return Plan(Best((stage, *joined(query), *edited(query, most))), is_widened=True)
    return await _first_found(_rewritings(query), probe)


def _is_enough(scores: list[float]) -> bool:
    return bool(scores) and (scores[0] >= OTHER_KEY or len([score for score in scores if score >= GOOD]) >= ENOUGH)


Make = Callable[[], Plan]


def _rewritings(query: Query) -> list[list[Make]]:
    """In the order they are tried; what costs little together, and each group made only when its turn comes."""
    others = layouts(query)
    return [
        [
            *(lambda other=other: Plan(literal(other), other.text) for other in others),
            lambda: _with_other_spacing(query),
            lambda: Plan(Best(tuple(edited(query, most=1))), is_bent=True, at_least=WORDS_EDITED),
        ],
        [lambda: Plan(Best(tuple(edited(query))), is_bent=True)],
        [
            *(lambda other=other: Plan(Best(tuple(edited(other))), other.text, is_bent=True) for other in others),
            lambda: Plan(Best(tuple(resembling(query))), is_bent=True),
        ],
    ]


def _with_other_spacing(query: Query) -> Plan:
    """Only when something has it: what sounds alike is searched with it, so that a name brings its films."""
    tiers = joined(query)
    if not tiers:
        return _NOTHING
    return Plan(Best((*tiers, *edited(query))), is_widened=True, if_found=Best(tuple(tiers)))


async def _first_found(groups: list[list[Make]], probe: Probe) -> Plan:
    for group in groups:
        plans = [plan for make in group if not _is_empty((plan := make()).clause)]
        if len(plans) > 1:
            await probe.foresee([plan.if_found or plan.clause for plan in plans])
        for plan in plans:
            if plan.if_found is not None and not await probe.scores(plan.if_found):
                continue
            scores = await probe.scores(plan.clause)
            if scores and scores[0] >= plan.at_least:
                return plan
    return _NOTHING


def _is_empty(clause: Clause) -> bool:
    return isinstance(clause, Nothing) or (isinstance(clause, Best) and not clause.clauses)


async def make_suggest_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    stage = begun(query)
    in_latin = spelled_out(query)
    if in_latin:
        return await _first_found([[lambda: Plan(Best((stage, begun(in_latin))))], *_suggest_rewritings(query)], probe)
    scores = await probe.scores(stage) if query.words else []
    if scores:
        return Plan(stage) if len(scores) >= ENOUGH else await _filled_up(query, stage, probe)
    return await _first_found(_suggest_rewritings(query), probe)


async def _filled_up(query: Query, stage: Clause, probe: Probe) -> Plan:
    plan = Plan(Best((stage, *begun_so(query))), is_widened=True)
    await probe.scores(plan.clause)
    return plan


def _suggest_rewritings(query: Query) -> list[list[Make]]:
    return [
        [lambda other=other: Plan(begun(other), other.text) for other in layouts(query)],  # type: ignore[misc] # bound now
        [lambda: Plan(Best(tuple(nearly_begun(query))), is_bent=True)],
    ]
