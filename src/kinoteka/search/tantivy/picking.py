"""Single films, similar films, numbers of documents."""

import secrets
from uuid import UUID

from tantivy import Query, Searcher

from kinoteka.catalogue.documents import Kind
from kinoteka.search.clauses import Everything, Term
from kinoteka.search.engine import Hits, Stored
from kinoteka.search.filtering import filtered
from kinoteka.search.likeness import MOST_ALIKE, alike
from kinoteka.search.query import Filters
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.items import Items
from kinoteka.search.tantivy.reading import address_of, count_of, rank, read


def count(searcher: Searcher, kind: Kind) -> int:
    return count_of(searcher, translate(Term("kind", kind)))


def random_film(searcher: Searcher, filters: Filters) -> Stored | None:
    query = translate(filtered(Everything(), ["film"], filters))
    total = count_of(searcher, query)
    if not total:
        return None
    hits = searcher.search(query, 1, count=False, offset=secrets.randbelow(total)).hits
    return read(searcher, hits[0][1], "body") if hits else None


def similar(searcher: Searcher, items: Items, film: UUID, size: int, offset: int) -> Hits | None:
    address = address_of(searcher, "film", film)
    if address is None:
        return None
    query: Query = translate(alike(read(searcher, address, "body").data))
    size = max(0, min(size, MOST_ALIKE - offset))
    ranked = rank(searcher, query, size, min(offset, MOST_ALIKE))
    places = [place for _, place in ranked.hits[:size]]
    return Hits(items.read(searcher, places), min(ranked.total, MOST_ALIKE), None)
