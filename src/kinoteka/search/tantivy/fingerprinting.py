"""Ids and digests of all documents of a kind, straight from the columns."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from tantivy import Occur, Query, Searcher

from kinoteka.catalogue.documents import Kind
from kinoteka.search.clauses import Term
from kinoteka.search.engine import Fingerprint
from kinoteka.search.tantivy.clauses import translate
from kinoteka.search.tantivy.items import digests_at
from kinoteka.search.tantivy.reading import Row, address_of, between, count_of, ids_at, rows_by

_BATCH = 2000


def batches(searcher: Searcher, kind: Kind) -> Iterator[list[Fingerprint]]:
    """By ascending id. The upper half of the id orders; what shares one stays in one batch."""
    query, low = translate(Term("kind", kind)), 0
    while True:
        rows, total = rows_by(searcher, _within(query, low, None), "id_high", _BATCH)
        if total > len(rows):
            last = rows[-1].value
            inside = _within(query, low, last)
            rows, _ = rows_by(searcher, inside, "id_high", count_of(searcher, inside))
        if not rows:
            return
        yield _fingerprints(searcher, rows)
        if rows[-1].value == 2**64 - 1:
            return
        low = rows[-1].value + 1


def digests(searcher: Searcher, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """Of those that are there."""
    found = {id: address for id in ids if (address := address_of(searcher, kind, id)) is not None}  # noqa: A001
    halves = digests_at(searcher, list(found.values())) if found else []
    return {id: high.to_bytes(8) + low.to_bytes(8) for id, (high, low) in zip(found, halves, strict=True)}  # noqa: A001


def _within(query: Query, low: int, high: int | None) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, between("id_high", low, high))])


def _fingerprints(searcher: Searcher, rows: list[Row]) -> list[Fingerprint]:
    addresses = [row.address for row in rows]
    together = sorted(zip(ids_at(searcher, addresses), digests_at(searcher, addresses), strict=True))
    return [Fingerprint(UUID(int=id), high.to_bytes(8) + low.to_bytes(8)) for id, (high, low) in together]  # noqa: A001
