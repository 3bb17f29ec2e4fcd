"""Our clauses in Elasticsearch's words."""

from collections.abc import Callable
from typing import Any

from kinoteka.search.analysis.folding import without_surrogates
from kinoteka.search.beginnings import BEGUN_FIELDS, begin_field
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
from kinoteka.search.elasticsearch.mapping import LONGEST_BEGUN
from kinoteka.search.elasticsearch.names import Names

Query = dict[str, Any]
_NAMES = {"id": "_id"} | {begin_field(field): f"{field}.begin" for field in BEGUN_FIELDS}


def translate(clause: Clause, names: Names) -> Query:
    return _TRANSLATORS[type(clause)](clause, names)


def _term(clause: Term, names: Names) -> Query:
    if clause.field == "kind":
        return {"term": {"_index": names.alias(clause.value)}}  # type: ignore[arg-type] # a kind, as it is written here
    return {"term": {_NAMES.get(clause.field, clause.field): without_surrogates(clause.value)}}


def _phrase(clause: Phrase, names: Names) -> Query:
    return {"match_phrase": {clause.field: " ".join(clause.words)}}


def _prefix(clause: Prefix, names: Names) -> Query:
    return {"prefix": {clause.field: clause.value}}


def _fuzzy(clause: Fuzzy, names: Names) -> Query:
    field, value = (
        (f"{clause.field}.begun", clause.value[:LONGEST_BEGUN]) if clause.prefix else (clause.field, clause.value)
    )
    # Without the rewrite it would stop at the fifty terms that are nearest.
    return {"fuzzy": {field: {"value": value, "fuzziness": clause.edits, "rewrite": "constant_score"}}}


def _between(clause: Between, names: Names) -> Query:
    bounds = {"gte": clause.low, "lte": clause.high}
    return {"range": {clause.field: {name: bound for name, bound in bounds.items() if bound is not None}}}


def _all_of(clause: AllOf, names: Names) -> Query:
    parts: dict[str, list[Query]] = {}
    for part in clause.clauses:
        if isinstance(part, NoneOf):
            parts.setdefault("must_not", []).extend(translate(inner, names) for inner in part.clauses)
        elif isinstance(part, Scored) and part.score == 0 and not part.relevance:
            parts.setdefault("filter", []).append(translate(part.clause, names))
        else:
            parts.setdefault("must", []).append(translate(part, names))
    return {"bool": parts}


def _any_of(clause: AnyOf, names: Names) -> Query:
    parts = [translate(part, names) for part in clause.clauses]
    return {"bool": {"should": parts, "minimum_should_match": clause.at_least}}


def _best(clause: Best, names: Names) -> Query:
    return {"dis_max": {"queries": [translate(part, names) for part in clause.clauses]}}


def _scored(clause: Scored, names: Names) -> Query:
    inner = translate(clause.clause, names)
    scored: Query = {"constant_score": {"filter": inner, "boost": clause.score}}
    if not clause.relevance:
        return scored
    return {"bool": {"must": [scored, {"bool": {"must": [inner], "boost": clause.relevance}}]}}


def _favoured(clause: Favoured, names: Names) -> Query:
    scored = {"constant_score": {"filter": translate(clause.clause, names), "boost": clause.score}}
    more = {"constant_score": {"filter": translate(clause.by, names), "boost": clause.favoured - clause.score}}
    return {"bool": {"must": [scored], "should": [more]}}


def _everything(_: Everything, names: Names) -> Query:
    return {"match_all": {"boost": 0}}


def _nothing(_: Nothing, names: Names) -> Query:
    return {"match_none": {}}


_TRANSLATORS: dict[type, Callable[[Any, Names], Query]] = {
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
