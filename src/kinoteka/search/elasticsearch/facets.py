"""Counts over a whole result, asked for together with it."""

from typing import Any

from kinoteka.catalogue.documents import KINDS
from kinoteka.search.clauses import AllOf, AnyOf, Clause, Everything, Term
from kinoteka.search.elasticsearch.clauses import Query, translate
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.engine import Facets
from kinoteka.search.faceting import (
    BANDS,
    FACETS,
    FacetName,
    band_values,
    decade_values,
    genre_values,
    kind_values,
    without_own_filter,
)
from kinoteka.search.filtering import filter_clauses, is_every_kind
from kinoteka.search.query import Search

_MOST_GENRES = 1000

_IN, _REST = "in", "rest"
_COUNTED: dict[FacetName, dict[str, Any]] = {
    "genres": {"terms": {"field": "genres", "size": _MOST_GENRES}},
    "decades": {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}},
    "ratings": {"range": {"field": "rating", "ranges": [{"from": low, "to": high} for low, high in BANDS]}},
}


def passing(asked: Search) -> Clause:
    """What the kinds and filters of a search let through."""
    kinds = AnyOf(tuple(Term("kind", kind) for kind in asked.kinds))
    clauses = (*(() if is_every_kind(asked.kinds) else (kinds,)), *filter_clauses(asked.filters))
    return AllOf(clauses) if clauses else Everything()


def aggregations(asked: Search, names: Names) -> dict[str, Query]:
    """Of everything the text finds, each facet through all filters but its own.

    A bucket for the rest, which nobody reads, keeps Elasticsearch from finding everything anew for each facet: it
    takes the query apart into one for every bucket when it can, and what is costly here is to find, not to count.
    """
    return {
        facet: {
            "filters": {"filters": {_IN: translate(_let_through(asked, facet), names)}, "other_bucket_key": _REST},
            "aggs": {"counts": _counting(facet, names)},
        }
        for facet in FACETS
    }


def _let_through(asked: Search, facet: FacetName) -> Clause:
    return passing(without_own_filter(asked, facet))


def _counting(facet: FacetName, names: Names) -> dict[str, Any]:
    if facet != "kinds":
        return _COUNTED[facet]
    return {"filters": {"filters": {kind: translate(Term("kind", kind), names) for kind in KINDS}}}


def facets_of(answered: dict[str, Any], genre_names: dict[str, str]) -> Facets:
    if not answered:  # nobody was asked for what means nothing
        return Facets([], [], [], [])
    genres, decades, ratings, kinds = (answered[facet]["buckets"][_IN]["counts"]["buckets"] for facet in FACETS)
    bands = {bucket["from"]: bucket["doc_count"] for bucket in ratings}
    kind_counts = {kind: bucket["doc_count"] for kind, bucket in kinds.items()}
    return Facets(
        genres=genre_values({bucket["key"]: bucket["doc_count"] for bucket in genres}, genre_names.get),
        decades=decade_values({int(bucket["key"]): bucket["doc_count"] for bucket in decades}),
        ratings=band_values(bands.get(float(low), 0) for low, _ in BANDS),
        kinds=kind_values(kind_counts),
    )
