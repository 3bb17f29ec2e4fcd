"""Lists in order."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from kinoteka.search.clauses import Everything
from kinoteka.search.elasticsearch.answers import Hit, SortValue, item_of
from kinoteka.search.elasticsearch.clauses import translate
from kinoteka.search.elasticsearch.ranking import BY_ID, WHOLE
from kinoteka.search.elasticsearch.reading import ITEM, Cluster, ask
from kinoteka.search.elasticsearch.totals import Totals
from kinoteka.search.engine import Hits, PositionError
from kinoteka.search.filtering import filtered
from kinoteka.search.query import Listing, Position, Sort

_FIELDS = {"title": "sort_text", "name": "sort_text"}
_DECIMALS = ("rating", "weighted_rating")
_ENDLESS = ("Infinity", "-Infinity")
"""What stands for a decimal that is missing."""


async def page(cluster: Cluster, totals: Totals, asked: Listing) -> Hits:
    stamp, total = totals.stamp(asked.kind), totals.find(asked.kind, asked.filters)
    answer = await ask(cluster, cluster.names.alias(asked.kind), page_query(cluster, asked, counts=total is None))
    if total is None:
        total = answer.hits.total.value if answer.hits.total else 0
        totals.put(asked.kind, asked.filters, stamp, total)
    hits = answer.hits.hits
    build = cluster.names.parse(hits[0].index)[1] if hits else None
    shown = hits[: asked.size]
    after = _position(shown[-1]) if len(hits) > asked.size else None
    return Hits([item_of(hit, asked.kind) for hit in shown], total, after, build)


def page_query(cluster: Cluster, asked: Listing, *, counts: bool) -> dict[str, Any]:
    """One more than is shown, to know whether there is a next page."""
    query: dict[str, Any] = {
        "query": translate(filtered(Everything(), [asked.kind], asked.filters), cluster.names),
        "sort": order_of(asked.sort),
        "size": asked.size + 1,
        "stored_fields": ITEM,
        "track_total_hits": counts,
    }
    if asked.after is not None:
        query["search_after"] = _checked(asked.sort, asked.after.values)
    elif asked.offset:
        query["from"] = asked.offset
    return query


def order_of(sort: Sort) -> list[Any]:
    order = "desc" if sort.descending else "asc"
    return [{_FIELDS.get(sort.key, sort.key): {"order": order, "missing": "_last"}}, *BY_ID]


def _position(last: Hit) -> Position:
    return Position(last.sort)


def _checked(sort: Sort, values: Sequence[SortValue]) -> list[SortValue]:
    """Raises PositionError for what no page gave; anybody can make a cursor up."""
    match values:
        case (value, int(high), int(low)) if _is_value(sort, value) and high in WHOLE and low in WHOLE:
            return [value, high, low]
        case _:
            raise PositionError(values)


def _is_value(sort: Sort, value: SortValue) -> bool:
    if sort.key in _FIELDS:
        return value is None or isinstance(value, str)
    if sort.key in _DECIMALS:
        return value in _ENDLESS or (isinstance(value, int | float) and isfinite(value))
    return isinstance(value, int) and value in WHOLE
