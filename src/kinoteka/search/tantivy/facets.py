"""Counts over a whole result, one pass for all facets that count the same one."""

from functools import lru_cache
from typing import Any

import msgspec
from tantivy import Searcher

from kinoteka.catalogue.schemas import Genre
from kinoteka.search.clauses import Clause, Term
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
from kinoteka.search.filtering import filtered
from kinoteka.search.query import Search
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.reading import read_items

_MOST_GENRES = 1000

_AGGREGATIONS: dict[FacetName, dict[str, Any]] = {
    "genres": {"terms": {"field": "genres", "size": _MOST_GENRES}},
    "decades": {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}},
    "ratings": {"histogram": {"field": "rating", "interval": 1, "min_doc_count": 1}},  # ranges take three times as long
    "kinds": {"terms": {"field": "kind", "size": 3}},
}


def count_facets(searcher: Searcher, asked: Search, clause: Clause) -> Facets:
    by_result: dict[Any, list[FacetName]] = {}
    for facet in FACETS:
        counted = without_own_filter(asked, facet)
        by_result.setdefault((counted.kinds, counted.filters), []).append(facet)
    buckets: dict[FacetName, list[dict[str, Any]]] = {}
    for (kinds, filters), facets in by_result.items():
        query = translate(filtered(clause, kinds, filters))
        answer = searcher.aggregate(query, {facet: _AGGREGATIONS[facet] for facet in facets})
        buckets.update({facet: answer[facet]["buckets"] for facet in facets})
    return _facets(searcher, buckets)


def _facets(searcher: Searcher, buckets: dict[FacetName, list[dict[str, Any]]]) -> Facets:
    ratings = {int(bucket["key"]): bucket["doc_count"] for bucket in buckets["ratings"]}
    return Facets(
        genres=genre_values(_counts(buckets["genres"]), _genre_names(searcher).get),
        decades=decade_values({int(bucket["key"]): bucket["doc_count"] for bucket in buckets["decades"]}),
        ratings=band_values(sum(ratings.get(whole, 0) for whole in range(*band)) for band in BANDS),
        kinds=kind_values(_counts(buckets["kinds"])),
    )


def _counts(buckets: list[dict[str, Any]]) -> dict[str, int]:
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


@lru_cache(maxsize=2)
def _genre_names(searcher: Searcher) -> dict[str, str]:
    """By id; a searcher never changes."""
    hits = searcher.search(translate(Term("kind", "genre")), _MOST_GENRES, count=False).hits
    genres = [
        msgspec.json.decode(stored.data, type=Genre) for stored in read_items(searcher, [place for _, place in hits])
    ]
    return {str(genre.id): genre.name for genre in genres}
