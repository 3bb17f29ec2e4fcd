"""Our clauses in Elasticsearch's words."""

from functools import singledispatch
from typing import Any

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
from kinoteka.search.elasticsearch.mapping import LONGEST_BEGUN
from kinoteka.search.elasticsearch.names import Names

Query = dict[str, Any]
_NAMES = {"id": "_id"}


def translate(clause: Clause, names: Names) -> Query:
    return _translate(clause, names)


@singledispatch
def _translate(clause: Clause, names: Names) -> Query:
    raise TypeError(f"no translation for {clause!r}")


@_translate.register
def _(clause: Term, names: Names) -> Query:
    if clause.field == "kind":
        return {"term": {"_index": names.alias(clause.value)}}  # type: ignore[arg-type] # a kind, as it is written here
    return {"term": {_NAMES.get(clause.field, clause.field): without_surrogates(clause.value)}}


@_translate.register
def _(clause: Phrase, names: Names) -> Query:
    return {"match_phrase": {clause.field: " ".join(clause.words)}}


@_translate.register
def _(clause: Prefix, names: Names) -> Query:
    return {"prefix": {clause.field: clause.value}}


@_translate.register
def _(clause: Fuzzy, names: Names) -> Query:
    field, value = (
        (f"{clause.field}.begun", clause.value[:LONGEST_BEGUN]) if clause.prefix else (clause.field, clause.value)
    )
    # Without the rewrite it would stop at the fifty terms that are nearest.
    return {"fuzzy": {field: {"value": value, "fuzziness": clause.edits, "rewrite": "constant_score"}}}


@_translate.register
def _(clause: Between, names: Names) -> Query:
    bounds = {"gte": clause.low, "lte": clause.high}
    return {"range": {clause.field: {name: bound for name, bound in bounds.items() if bound is not None}}}


@_translate.register
def _(clause: AllOf, names: Names) -> Query:
    parts: dict[str, list[Query]] = {}
    for part in clause.clauses:
        if isinstance(part, NoneOf):
            parts.setdefault("must_not", []).extend(_translate(inner, names) for inner in part.clauses)
        elif isinstance(part, Scored) and part.score == 0 and not part.relevance:
            parts.setdefault("filter", []).append(_translate(part.clause, names))
        else:
            parts.setdefault("must", []).append(_translate(part, names))
    return {"bool": parts}


@_translate.register
def _(clause: AnyOf, names: Names) -> Query:
    parts = [_translate(part, names) for part in clause.clauses]
    return {"bool": {"should": parts, "minimum_should_match": clause.at_least}}


@_translate.register
def _(clause: Best, names: Names) -> Query:
    return {"dis_max": {"queries": [_translate(part, names) for part in clause.clauses]}}


@_translate.register
def _(clause: Scored, names: Names) -> Query:
    inner = _translate(clause.clause, names)
    scored: Query = {"constant_score": {"filter": inner, "boost": clause.score}}
    if not clause.relevance:
        return scored
    return {"bool": {"must": [scored, {"bool": {"must": [inner], "boost": clause.relevance}}]}}


@_translate.register
def _(clause: Favoured, names: Names) -> Query:
    scored = {"constant_score": {"filter": _translate(clause.clause, names), "boost": clause.score}}
    more = {"constant_score": {"filter": _translate(clause.by, names), "boost": clause.favoured - clause.score}}
    return {"bool": {"must": [scored], "should": [more]}}


@_translate.register
def _(_: Everything, names: Names) -> Query:
    return {"match_all": {"boost": 0}}


@_translate.register
def _(_: Nothing, names: Names) -> Query:
    return {"match_none": {}}
