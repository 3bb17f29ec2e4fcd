"""Our clauses in tantivy's words."""

from collections.abc import Callable, Sequence
from typing import Any

from tantivy import FieldType, Occur, Query

from kinoteka.search.analysis.folding import without_surrogates
from kinoteka.search.clauses import (
    AllOf,
    AnyOf,
    Best,
    Between,
    Clause,
    Everything,
    Favoured,
    Fuzzy,
    NoneOf,
    Nothing,
    Phrase,
    Prefix,
    Scored,
    Term,
)
from kinoteka.search.tantivy.schema import schema

_TYPES = {"rating": FieldType.Float}


def translate(clause: Clause) -> Query:
    return _TRANSLATORS[type(clause)](clause)


def _term(clause: Term) -> Query:
    return Query.term_query(schema(), clause.field, without_surrogates(clause.value))


def _phrase(clause: Phrase) -> Query:
    return Query.phrase_query(schema(), clause.field, list(clause.words))


def _prefix(clause: Prefix) -> Query:
    return Query.fuzzy_term_query(schema(), clause.field, clause.value, distance=0, prefix=True)


def _fuzzy(clause: Fuzzy) -> Query:
    return Query.fuzzy_term_query(schema(), clause.field, clause.value, distance=clause.edits, prefix=clause.prefix)


def _between(clause: Between) -> Query:
    field_type = _TYPES.get(clause.field, FieldType.Unsigned)
    low, high = (_bound(bound, field_type) for bound in (clause.low, clause.high))
    return Query.range_query(schema(), clause.field, field_type, low, high)


def _bound(bound: float | None, field_type: FieldType) -> float | int | None:
    if bound is None:
        return None
    return float(bound) if field_type == FieldType.Float else max(0, int(bound))


def _all_of(clause: AllOf) -> Query:
    return Query.boolean_query([_required(part) for part in clause.clauses])


def _required(part: Clause) -> tuple[Occur, Query]:
    if isinstance(part, NoneOf):
        return Occur.MustNot, translate(AnyOf(part.clauses))
    return Occur.Must, translate(part)


def _any_of(clause: AnyOf) -> Query:
    parts = [(Occur.Should, translate(part)) for part in clause.clauses]
    return Query.boolean_query(parts, minimum_number_should_match=clause.at_least)


def _best(clause: Best) -> Query:
    return Query.disjunction_max_query(_translated(clause.clauses))


def _scored(clause: Scored) -> Query:
    inner = translate(clause.clause)
    scored = Query.const_score_query(inner, float(clause.score))
    if not clause.relevance:
        return scored
    return Query.boolean_query([(Occur.Must, scored), (Occur.Must, Query.boost_query(inner, clause.relevance))])


def _favoured(clause: Favoured) -> Query:
    scored = Query.const_score_query(translate(clause.clause), float(clause.score))
    more = Query.const_score_query(translate(clause.by), float(clause.favoured - clause.score))
    return Query.boolean_query([(Occur.Must, scored), (Occur.Should, more)])


def _everything(_: Everything) -> Query:
    return Query.const_score_query(Query.all_query(), 0.0)


def _nothing(_: Nothing) -> Query:
    return Query.empty_query()


def _translated(clauses: Sequence[Clause]) -> list[Query]:
    return [translate(clause) for clause in clauses]


_TRANSLATORS: dict[type, Callable[[Any], Query]] = {
    Term: _term,
    Phrase: _phrase,
    Prefix: _prefix,
    Fuzzy: _fuzzy,
    Between: _between,
    AllOf: _all_of,
    AnyOf: _any_of,
    Best: _best,
    Scored: _scored,
    Favoured: _favoured,
    Everything: _everything,
    Nothing: _nothing,
}
"""All but NoneOf, which stands inside AllOf alone. A search has some hundred clauses, and `singledispatch` took longer
than translating them."""
