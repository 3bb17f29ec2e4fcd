"""Ranked search."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import msgspec

from kinoteka.catalogue.schemas import Genre
from kinoteka.search.analysis.words import split_query
from kinoteka.search.clauses import Clause, Everything
from kinoteka.search.elasticsearch.answers import Hit, Searched, body_of, item_of
from kinoteka.search.elasticsearch.attempts import Attempts
from kinoteka.search.elasticsearch.clauses import Query, translate
from kinoteka.search.elasticsearch.facets import aggregations, facets_of, passing
from kinoteka.search.elasticsearch.plugins import with_lemmas
from kinoteka.search.elasticsearch.ranking import WHOLE, ranked
from kinoteka.search.elasticsearch.reading import BODY, ITEM, Cluster, ask
from kinoteka.search.elasticsearch.totals import Stamp
from kinoteka.search.engine import Found, FoundItem, PositionError
from kinoteka.search.highlighting import Highlighter, correction, recased
from kinoteka.search.query import MAX_SEARCH_TOTAL, Position, Search
from kinoteka.search.stages import ENOUGH, Plan, make_plan

_GENRE = msgspec.json.Decoder(Genre)


class GenreNames:
    """By id, fetched once for as long as no genre has changed."""

    def __init__(self, stamp: Stamp) -> None:
        self._stamp = stamp
        self._of: object = None
        self._names: dict[str, str] = {}

    async def get(self, cluster: Cluster) -> dict[str, str]:
        stamp = self._stamp("genre")
        if stamp != self._of:
            query = {"query": {"match_all": {}}, "size": 1000, "stored_fields": ITEM}
            hits = (await ask(cluster, cluster.names.alias("genre"), query)).hits.hits
            self._names = {str(hit.id): _GENRE.decode(hit.fields.item).name for hit in hits}
            self._of = stamp
        return self._names


async def search(cluster: Cluster, genre_names: GenreNames, asked: Search) -> Found:
    attempts = Attempts(cluster, lambda clause: _query(cluster, asked, clause) | _first_page(cluster, asked))
    plan = await make_plan(asked.text, attempts)
    top = await attempts.answer(plan.clause)
    total = top.hits.total.value if top.hits.total else 0
    hits, is_last = await _page(cluster, asked, plan.clause, top)
    facets = facets_of(top.aggregations, await genre_names.get(cluster)) if asked.facets else None
    return Found(
        items=_items(cluster, hits, plan, asked.text),
        total=min(total, MAX_SEARCH_TOTAL),
        total_is_exact=total <= MAX_SEARCH_TOTAL,
        after=None if is_last or not hits else Position(hits[-1].sort),
        facets=facets,
        did_you_mean=_meant(cluster, asked, plan, top.hits.hits),
    )


def _query(cluster: Cluster, asked: Search, clause: Clause) -> Query:
    found = translate(clause, cluster.names)
    if cluster.ukrainian and (words := split_query(asked.text)):
        found = with_lemmas(found, " ".join(words))
    query = ranked(found) | {"stored_fields": BODY}
    let_through = passing(asked)
    return query if let_through == Everything() else query | {"post_filter": translate(let_through, cluster.names)}


def _first_page(cluster: Cluster, asked: Search) -> Query:
    first: Query = {"size": max(ENOUGH, asked.size + 1), "track_total_hits": MAX_SEARCH_TOTAL + 1}
    return first | {"aggs": aggregations(asked, cluster.names)} if asked.facets else first


async def _page(cluster: Cluster, asked: Search, clause: Clause, top: Searched) -> tuple[Sequence[Hit], bool]:
    """The page, and whether it is the last."""
    if asked.after is None and not asked.offset:
        hits = top.hits.hits
    else:
        place = {"search_after": _checked(asked.after)} if asked.after is not None else {"from": asked.offset}
        query = _query(cluster, asked, clause) | {"size": asked.size + 1, "track_total_hits": False, **place}
        hits = (await ask(cluster, cluster.names.everything, query)).hits.hits
    return hits[: asked.size], len(hits) <= asked.size


def _checked(after: Position) -> list[Any]:
    """Raises PositionError for what no page gave; anybody can make a cursor up."""
    match after.values:
        case (float(score), int(high), int(low)) if isfinite(score) and high in WHOLE and low in WHOLE:
            return [score, high, low]
        case _:
            raise PositionError(after.values)


def _items(cluster: Cluster, hits: Sequence[Hit], plan: Plan, text: str) -> list[FoundItem]:
    highlighter = Highlighter(plan.rewritten_to or text, is_bent=plan.is_bent or plan.is_widened)
    found = []
    for hit in hits:
        stored = item_of(hit, cluster.names.parse(hit.index)[0])
        found.append(FoundItem(stored, highlighter.highlight(stored.kind, hit.fields.body)))
    return found


def _meant(cluster: Cluster, asked: Search, plan: Plan, hits: Sequence[Hit]) -> str | None:
    text = plan.rewritten_to or asked.text
    if not hits or (not plan.is_bent and plan.rewritten_to is None):
        return None
    best = body_of(hits[0], cluster.names)
    if plan.is_bent:
        return correction(best.kind, best.data, text) or plan.rewritten_to
    return recased(best.kind, best.data, text)
