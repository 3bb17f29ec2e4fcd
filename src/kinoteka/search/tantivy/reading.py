"""Reading documents out of a searcher."""

from collections.abc import Sequence
from typing import Literal, cast
from uuid import UUID

from msgspec import Struct
from tantivy import DocAddress, Document, FieldType, Order, Query, Searcher, SearchResult

from kinoteka.catalogue.documents import Kind
from kinoteka.search.clauses import Clause, Term
from kinoteka.search.engine import Stored
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.schema import schema

Part = Literal["body", "item"]


class Row(Struct, frozen=True):
    """A document's place in the order: the value of the sort field and where it is."""

    value: int
    address: DocAddress


class Ranked(Struct, frozen=True):
    """Best first; `total` is how many there are in all."""

    hits: list[tuple[float, DocAddress]]
    total: int


def rank(searcher: Searcher, query: Query, size: int, offset: int = 0) -> Ranked:
    result = searcher.search(query, max(1, size), offset=offset, weight_by_field="boost")
    return Ranked(result.hits, _total(result))


def rows_by(searcher: Searcher, query: Query, field: str, limit: int, offset: int = 0) -> tuple[list[Row], int]:
    """Ascending by the field, and how many there are in all. Documents of one value come in no certain order."""
    result = searcher.search(query, max(1, limit), order_by_field=field, order=Order.Asc, offset=offset)
    return [Row(value, address) for value, address in result.hits][:limit], _total(result)


def count_of(searcher: Searcher, query: Query) -> int:
    """In some order, since by score each document would be scored: twice as dear."""
    return _total(searcher.search(query, 1, order_by_field="id_high", order=Order.Asc))


def _total(result: SearchResult) -> int:
    return cast("int", result.count)  # type: ignore[attr-defined] # the stub lacks it


def between(field: str, low: int | None, high: int | None) -> Query:
    return Query.range_query(schema(), field, FieldType.Unsigned, low, high)


def read_items(searcher: Searcher, addresses: Sequence[DocAddress]) -> list[Stored]:
    return [read(searcher, address, "item") for address in addresses]


def read(searcher: Searcher, address: DocAddress, what: Part) -> Stored:
    return stored_as(searcher.doc(address), what)


def stored_as(document: Document, what: Part) -> Stored:
    kind, _, id_text = cast("str", document.get_first("key")).partition(":")
    return Stored(
        cast("Kind", kind),
        UUID(id_text),
        cast("int", document.get_first("version")),
        cast("bytes", document.get_first(what)),
    )


def find_one(searcher: Searcher, clause: Clause) -> DocAddress | None:
    hits = searcher.search(translate(clause), 1, count=False).hits
    return hits[0][1] if hits else None


def address_of(searcher: Searcher, kind: Kind, id: UUID) -> DocAddress | None:  # noqa: A002 - the field's own term
    return find_one(searcher, Term("key", f"{kind}:{id}"))


def ids_at(searcher: Searcher, addresses: Sequence[DocAddress]) -> list[int]:
    """The ids as integers, without touching the stored documents."""
    highs = cast("list[int]", searcher.fast_field_values("id_high", list(addresses)))
    lows = cast("list[int]", searcher.fast_field_values("id_low", list(addresses)))
    return [high << 64 | low for high, low in zip(highs, lows, strict=True)]
