"""Counts over a whole result."""

from typing import Any, cast

from msgspec.structs import replace
from tantivy import Searcher

from kinoteka.search.clauses import Clause
from kinoteka.search.engine import Facets, FacetValue
from kinoteka.search.faceting import BANDS, WITHOUT, band_facet, decade_facet, genre_facet, kind_facet
from kinoteka.search.filtering import filtered
from kinoteka.search.query import Filters, Search
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.reading import address_of, read

_AGGREGATIONS: dict[str, dict[str, Any]] = {
    "genres": {"terms": {"field": "genres", "size": 100}},
    "decades": {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}},
    "ratings": {"range": {"field": "rating", "ranges": [{"from": float(low), "to": float(high)} for low, high in BANDS]}},
    "kinds": {"terms": {"field": "kind", "size": 3}},
}
