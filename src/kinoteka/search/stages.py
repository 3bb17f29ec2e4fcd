"""A search in stages: what the words themselves find comes first; the query is bent only when that is too little."""

from collections.abc import Callable

from msgspec import Struct

from kinoteka.search.clauses import Best, Clause, Nothing
from kinoteka.search.ranking import (
    GOOD,
    OTHER_KEY,
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

Probe = Callable[[Clause], list[float]]
"""The scores of the best hits, best first, at least as many as ENOUGH if there are."""


class Plan(Struct, frozen=True):
    clause: Clause
    rewritten_to: str | None = None
    """The text of another keyboard layout that was answered."""
    is_bent: bool = False
    """The best hit has not the words as typed: its title is what was meant, if anything."""

    is_widened: bool = False
    """Some hits may have other words than those typed."""


_NOTHING = Plan(Nothing())


def make_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    stage = literal(query)
    scores = probe(stage) if query.words else []
    if _is_enough(scores):
        return Plan(stage)
    if in_latin := spelled_out(query):
        return _first_found([lambda: Plan(Best((stage, literal(in_latin)))), *_rewritings(query, probe)], probe)
    if scores:
        return Plan(Best((stage, *joined(query), *edited(query))), is_widened=True)
    return _first_found(_rewritings(query, probe), probe)


def _is_enough(scores: list[float]) -> bool:
    return bool(scores) and (scores[0] >= OTHER_KEY or len([score for score in scores if score >= GOOD]) >= ENOUGH)


def _rewritings(query: Query, probe: Probe) -> list[Callable[[], Plan]]:
    """In the order they are tried, each made only when its turn comes."""
    others = layouts(query)
    return [
        *(lambda other=other: Plan(literal(other), other.text) for other in others),
        lambda: _with_other_spacing(query, probe),
        lambda: Plan(Best(tuple(edited(query))), is_bent=True),
        *(lambda other=other: Plan(Best(tuple(edited(other))), other.text, is_bent=True) for other in others),
        lambda: Plan(Best(tuple(resembling(query))), is_bent=True),
    ]


def _with_other_spacing(query: Query, probe: Probe) -> Plan:
    """Only when something has it: what sounds alike is searched with it, so that a name brings its films."""
    tiers = joined(query)
    return Plan(Best((*tiers, *edited(query))), is_widened=True) if tiers and probe(Best(tuple(tiers))) else _NOTHING


def _first_found(plans: list[Callable[[], Plan]], probe: Probe) -> Plan:
    for make in plans:
        plan = make()
        if not _is_empty(plan.clause) and probe(plan.clause):
            return plan
    return _NOTHING


def _is_empty(clause: Clause) -> bool:
    return isinstance(clause, Nothing) or (isinstance(clause, Best) and not clause.clauses)


def make_suggest_plan(text: str, probe: Probe) -> Plan:
    query = understand(text)
    stage = begun(query)
    in_latin = spelled_out(query)
    if in_latin:
        return _first_found([lambda: Plan(Best((stage, begun(in_latin)))), *_suggest_rewritings(query)], probe)
    scores = probe(stage) if query.words else []
    if scores:
        return Plan(stage) if len(scores) >= ENOUGH else _filled_up(query, stage, probe)
    return _first_found(_suggest_rewritings(query), probe)


def _filled_up(query: Query, stage: Clause, probe: Probe) -> Plan:
    plan = Plan(Best((stage, *begun_so(query))), is_widened=True)
    probe(plan.clause)
    return plan


def _suggest_rewritings(query: Query) -> list[Callable[[], Plan]]:
    return [
        *(lambda other=other: Plan(begun(other), other.text) for other in layouts(query)),
        lambda: Plan(Best(tuple(nearly_begun(query))), is_bent=True),
    ]
