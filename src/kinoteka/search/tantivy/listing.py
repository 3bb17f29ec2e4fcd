"""Lists in order. Where several documents share one sort value (a run), their order is put right here."""

from itertools import pairwise
from typing import cast
from uuid import UUID

from tantivy import Occur, Query, Searcher

from kinoteka.search.clauses import Everything
from kinoteka.search.engine import Hits, PositionError
from kinoteka.search.filtering import filtered
from kinoteka.search.ids import find_id
from kinoteka.search.query import Listing, Position, Sort
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.items import Items
from kinoteka.search.tantivy.reading import Row, between, count_of, ids_at, rows_by
from kinoteka.search.tantivy.sorting import is_text, sort_field

_VALUES = range(2**64)


def page(searcher: Searcher, items: Items, listing: Listing) -> Hits:
    query = translate(filtered(Everything(), [listing.kind], listing.filters))
    if listing.after is None:
        rows, total, more = _page_at_offset(searcher, query, listing)
    else:
        rows, more = _page_after(searcher, query, listing, listing.after)
        total = count_of(searcher, query)
    stored = items.read(searcher, [row.address for row in rows])
    return Hits(stored, total, _position(searcher, rows[-1], listing.sort) if more else None)


def _page_at_offset(searcher: Searcher, query: Query, listing: Listing) -> tuple[list[Row], int, bool]:
    field, size, offset = sort_field(listing.sort), listing.size, listing.offset
    lead = min(1, offset)
    rows, total = rows_by(searcher, query, field, size + lead + 1, offset - lead)
    page_rows, more = rows[lead : lead + size], offset + size < total
    if not page_rows:
        return [], total, False
    if _is_cut(rows, lead) or _is_cut(rows, lead + size):
        first, last = page_rows[0].value, page_rows[-1].value
        before = count_of(searcher, _within(query, field, None, first - 1)) if first else 0
        page_rows = _in_order(searcher, _all_within(searcher, query, field, first, last), listing.sort)
        page_rows = page_rows[offset - before : offset - before + size]
    else:
        page_rows = _in_order(searcher, page_rows, listing.sort)
    return page_rows, total, more


def _page_after(searcher: Searcher, query: Query, listing: Listing, after: Position) -> tuple[list[Row], bool]:
    field, size = sort_field(listing.sort), listing.size
    value, text, id_text = _checked(after)
    run = count_of(searcher, _within(query, field, value, value))
    rows, total = rows_by(searcher, _within(query, field, value, None), field, run + size + 1)
    if rows and total > len(rows):
        rows = _all_within(searcher, query, field, value, rows[-1].value)
    rows = [
        row
        for row in _in_order(searcher, rows, listing.sort)
        if _comes_after(searcher, row, listing.sort, (value, text, id_text))
    ]
    return rows[:size], len(rows) > size


def _checked(after: Position) -> tuple[int, str, str]:
    """Sort value, sort text, id. Raises PositionError for what no page gave."""
    match after.values:
        case (int(value), str(text), str(id)) if value in _VALUES and find_id(id):
            return value, text, id
        case _:
            raise PositionError(after.values)


def _comes_after(searcher: Searcher, row: Row, sort: Sort, position: tuple[int, str, str]) -> bool:
    value, text, id_text = position
    if row.value != value:
        return row.value > value
    own = _text(searcher, row) if is_text(sort) else text
    if own != text:
        return (own < text) if sort.descending else (own > text)
    return ids_at(searcher, [row.address])[0] > UUID(id_text).int


def _is_cut(rows: list[Row], at: int) -> bool:
    """Whether a run goes on across this place."""
    return 0 < at < len(rows) and rows[at - 1].value == rows[at].value


def _within(query: Query, field: str, low: int | None, high: int | None) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, between(field, low, high))])


def _all_within(searcher: Searcher, query: Query, field: str, low: int, high: int) -> list[Row]:
    inside = _within(query, field, low, high)
    return rows_by(searcher, inside, field, count_of(searcher, inside))[0]


def _in_order(searcher: Searcher, rows: list[Row], sort: Sort) -> list[Row]:
    if all(one.value != other.value for one, other in pairwise(rows)):
        return rows
    ids = ids_at(searcher, [row.address for row in rows])
    texts = [_text(searcher, row) for row in rows] if is_text(sort) else [""] * len(rows)
    ordered = sorted(zip(rows, texts, ids, strict=True), key=lambda entry: entry[2])
    ordered.sort(key=lambda entry: entry[1], reverse=sort.descending)
    return [row for row, _, _ in sorted(ordered, key=lambda entry: entry[0].value)]


def _text(searcher: Searcher, row: Row) -> str:
    return cast("str", searcher.doc(row.address).get_first("sort_text"))


def _position(searcher: Searcher, row: Row, sort: Sort) -> Position:
    text = _text(searcher, row) if is_text(sort) else ""
    return Position((row.value, text, str(UUID(int=ids_at(searcher, [row.address])[0]))))
