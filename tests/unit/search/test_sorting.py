"""tantivy's sort keys never contradict the order they stand for."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kinoteka.search.documents import Document
from kinoteka.search.query import Sort
from kinoteka.search.tantivy.sorting import sort_field, sort_values

UUIDS = st.uuids()


def document(id: UUID, text: str = "", **values: float | None) -> Document:  # noqa: A002 - the field's own term
    return Document(
        kind="film", id=id, version=1, body=b"", item=b"", digest=b"", sort_text=text, quality=1.0, **values
    )  # type: ignore[arg-type] # a test's values by name


def key(of: Document, name: str, descending: bool) -> int:
    return sort_values(of)[sort_field(Sort(name, descending))]  # type: ignore[arg-type] # as above


@given(UUIDS, UUIDS, st.text(max_size=30), st.text(max_size=30))
def test_titles(one_id: UUID, other_id: UUID, one: str, other: str) -> None:
    smaller, greater = sorted((one, other))
    assert key(document(one_id, smaller), "title", False) <= key(document(other_id, greater), "title", False)
    assert key(document(one_id, smaller), "title", True) >= key(document(other_id, greater), "title", True)


@given(UUIDS, UUIDS, st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_numbers(one_id: UUID, other_id: UUID, one: int, other: int) -> None:
    for name in ("votes", "film_count", "created_at"):
        first, second = document(one_id, **{name: one}), document(other_id, **{name: other})
        for descending in (False, True):
            if one == other:
                assert (key(first, name, descending) <= key(second, name, descending)) or one_id > other_id
            else:
                assert (key(first, name, descending) < key(second, name, descending)) == ((one < other) != descending)


@given(UUIDS, UUIDS, st.integers(0, 2**31 - 1))
def test_documents_without_a_value_come_last_either_way(one_id: UUID, other_id: UUID, value: int) -> None:
    for descending in (False, True):
        assert key(document(one_id, votes=value), "votes", descending) < key(document(other_id), "votes", descending)
