"""Lists in order. Where several documents share one sort value (a run), their order is put right here."""

from itertools import pairwise
from typing import cast
from uuid import UUID

from tantivy import Occur, Query, Searcher

from kinoteka.search.clauses import Everything
from kinoteka.search.engine import Hits, PositionError
from kinoteka.search.filtering import filtered
from kinoteka.search.ids import find_id
from kinoteka.search.query import Listing, Position, Sort, SortKey
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.items import Items
from kinoteka.search.tantivy.reading import Row, between, count_of, ids_at, rows_by
from kinoteka.search.tantivy.sorting import is_text, sort_field

_VALUES = range(2**64)
_NARROW, _WIDE = (1, 64, 2048), (64, 2048)
"""Rows read beyond each end of a page, in the hope that a run which goes on there ends among them: looking through all
documents once more costs more."""
_LONG_RUNS: frozenset[SortKey] = frozenset({"created_at", "title", "name"})
"""Whatever was imported together was created together, and many titles begin alike."""


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
    size, offset = listing.size, listing.offset
    for margin in _margins(listing.sort):
        lead = min(margin, offset)
        rows, total = rows_by(searcher, query, sort_field(listing.sort), lead + size + margin, offset - lead)
        if len(rows) <= lead:
            return [], total, False
        begin, end = _runs_around(rows, lead, lead + size)
        if (begin > 0 or lead == offset) and (end < len(rows) or offset - lead + len(rows) == total):
            page_rows = _in_order(searcher, rows[begin:end], listing.sort)[lead - begin :][:size]
            return page_rows, total, offset + size < total
    return _within_runs(searcher, query, listing, rows[lead : lead + size]), total, offset + size < total


def _margins(sort: Sort) -> tuple[int, ...]:
    return _WIDE if sort.key in _LONG_RUNS else _NARROW


def _runs_around(rows: list[Row], begin: int, end: int) -> tuple[int, int]:
    """From where the first one's run begins to where the last one's ends, as far as the rows tell."""
    end = min(end, len(rows))
    while begin > 0 and rows[begin - 1].value == rows[begin].value:
        begin -= 1
    while end < len(rows) and rows[end].value == rows[end - 1].value:
        end += 1
    return begin, end


def _within_runs(searcher: Searcher, query: Query, listing: Listing, page_rows: list[Row]) -> list[Row]:
    """The page of these rows, whatever the length of the runs at its ends."""
    field, first, last = sort_field(listing.sort), page_rows[0].value, page_rows[-1].value
    before = count_of(searcher, _within(query, field, None, first - 1)) if first else 0
    rows = _in_order(searcher, _all_within(searcher, query, field, first, last), listing.sort)
    return rows[listing.offset - before :][: listing.size]


def _page_after(searcher: Searcher, query: Query, listing: Listing, after: Position) -> tuple[list[Row], bool]:
    field, size = sort_field(listing.sort), listing.size
    position = _checked(after)
    following = _within(query, field, position[0], None)
    for margin in _margins(listing.sort):
        rows, total = rows_by(searcher, following, field, size + 1 + margin)
        before = sum(row.value == position[0] for row in rows)  # at most
        _, end = _runs_around(rows, 0, before + size + 1)
        if end < len(rows) or len(rows) == total:
            found = _after(searcher, rows[:end], listing.sort, position)
            return found[:size], len(found) > size
    run = count_of(searcher, _within(query, field, position[0], position[0]))
    rows, total = rows_by(searcher, following, field, run + size + 1)
    if total > len(rows):
        rows = _all_within(searcher, query, field, position[0], rows[-1].value)
    found = _after(searcher, rows, listing.sort, position)
    return found[:size], len(found) > size


def _after(searcher: Searcher, rows: list[Row], sort: Sort, position: tuple[int, str, str]) -> list[Row]:
    return [row for row in _in_order(searcher, rows, sort) if _comes_after(searcher, row, sort, position)]


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
