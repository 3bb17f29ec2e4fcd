"""Ranked search."""

from typing import cast

from tantivy import DocAddress, Query, Searcher

from kinoteka.search.clauses import Clause
from kinoteka.search.engine import Facets, Found, FoundItem, Stored
from kinoteka.search.filtering import filtered
from kinoteka.search.highlighting import Highlighter, best_title
from kinoteka.search.query import MAX_SEARCH_TOTAL, Position, Search
from kinoteka.search.stages import Plan, make_plan
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.facets import count_facets
from kinoteka.search.tantivy.reading import read


def search(searcher: Searcher, asked: Search) -> Found:
    plan = make_plan(asked.text, lambda clause, size: best_scores(searcher, asked, clause, size))
    offset = asked.offset if asked.after is None else cast("int", asked.after.values[0])
    query = _query(asked, plan.clause)
    result = searcher.search(query, max(1, asked.size), offset=offset, weight_by_field="boost")
    addresses = [address for _, address in result.hits][: asked.size]
    more = offset + len(addresses) < result.count
    return Found(
        items=_items(searcher, addresses, asked, plan),
        total=min(result.count, MAX_SEARCH_TOTAL),
        total_is_exact=result.count <= MAX_SEARCH_TOTAL,
        after=Position((offset + len(addresses),)) if more and addresses else None,
        facets=_facets(searcher, asked, plan),
        did_you_mean=_meant(searcher, asked, plan, query),
    )


def best_scores(searcher: Searcher, asked: Search, clause: Clause, size: int) -> list[float]:
    return [score for score, _ in searcher.search(_query(asked, clause), size, count=False).hits]


def _query(asked: Search, clause: Clause) -> Query:
    return translate(filtered(clause, asked.kinds, asked.filters))


def _items(searcher: Searcher, addresses: list[DocAddress], asked: Search, plan: Plan) -> list[FoundItem]:
    highlighter = Highlighter(plan.rewritten_to or asked.text)
    items = []
    for address in addresses:
        stored = read(searcher, address, "item")
        body = cast("bytes", searcher.doc(address).get_first("body"))
        items.append(FoundItem(stored, highlighter.highlight(stored.kind, body)))
    return items


def _facets(searcher: Searcher, asked: Search, plan: Plan) -> Facets | None:
    return count_facets(searcher, asked, plan.clause) if asked.facets else None


def _meant(searcher: Searcher, asked: Search, plan: Plan, query: Query) -> str | None:
    if plan.is_bent:
        hits = searcher.search(query, 1, count=False, weight_by_field="boost").hits
        if hits:
            found: Stored = read(searcher, hits[0][1], "body")
            return best_title(found.kind, found.data, plan.rewritten_to or asked.text)
    return plan.rewritten_to
