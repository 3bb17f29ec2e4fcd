"""Similar films, and one at random."""

from typing import Any
from uuid import UUID

from kinoteka.search.clauses import Everything
from kinoteka.search.elasticsearch.answers import body_of, item_of
from kinoteka.search.elasticsearch.clauses import translate
from kinoteka.search.elasticsearch.ranking import ranked
from kinoteka.search.elasticsearch.reading import BODY, ITEM, Cluster, ask, find_document
from kinoteka.search.engine import Hits, Stored
from kinoteka.search.filtering import filtered
from kinoteka.search.likeness import MOST_ALIKE, alike
from kinoteka.search.query import Filters


async def random_film(cluster: Cluster, filters: Filters) -> Stored | None:
    passing = translate(filtered(Everything(), ["film"], filters), cluster.names)
    query: dict[str, Any] = {
        "query": {"function_score": {"query": passing, "random_score": {}, "boost_mode": "replace"}},
        "size": 1,
        "stored_fields": BODY,
        "track_total_hits": False,
    }
    hits = (await ask(cluster, cluster.names.alias("film"), query)).hits.hits
    return body_of(hits[0], cluster.names) if hits else None


async def similar(cluster: Cluster, film: UUID, size: int, offset: int) -> Hits | None:
    stored = await find_document(cluster, "film", film)
    if stored is None:
        return None
    query = ranked(translate(alike(stored.data), cluster.names)) | {
        "size": max(0, min(size, MOST_ALIKE - offset)),
        "from": min(offset, MOST_ALIKE),
        "stored_fields": ITEM,
        "track_total_hits": MOST_ALIKE,
    }
    found = (await ask(cluster, cluster.names.alias("film"), query)).hits
    total = min(found.total.value, MOST_ALIKE) if found.total else 0
    return Hits([item_of(hit, "film") for hit in found.hits], total, None)
