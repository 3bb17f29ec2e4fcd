"""A body is kept as what follows its item."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from kinoteka.search.elasticsearch.answers import Fields
from kinoteka.search.elasticsearch.bodies import rest_of, whole
from kinoteka.search.elasticsearch.quoting import quoted
from kinoteka.search.engine import EngineUnavailableError

text = st.text(max_size=60).map(str.encode)


@given(text, text, text)
@example(b'{"id":1,"actors":[1,2', b',3],"plot":"x"}', b"]}")
@example(b"", b"", b"")
@example(b"", "я".encode(), "ю".encode())
def test_any_body_is_whole_again(shared: bytes, of_body: bytes, of_item: bytes) -> None:
    body, item = shared + of_body, shared + of_item
    rest = rest_of(body, item)
    assert whole(item, rest) == body
    rest.decode()  # it is sent as text


@given(st.text(max_size=5000).map(str.encode), text)
def test_what_both_begin_with_is_not_kept_twice(shared: bytes, of_body: bytes) -> None:
    assert len(rest_of(shared + of_body, shared)) <= len("99999:") + len(of_body)


def test_what_stands_in_an_index_that_is_there_already() -> None:
    assert rest_of(b"abX", b"abY") == b"2:X"


@pytest.mark.parametrize(
    "fields",
    [
        Fields(version=(1,), quoted_item=(quoted(b"{}"),)),
        Fields(version=(1,), quoted_item=(quoted(b"e30="),), quoted_rest=(quoted(b"AAAAAg=="),)),
        Fields(version=(1,), quoted_item=(Raw(rb'"{\"id\":1}"'),), quoted_rest=(quoted(b"2:X"),)),
    ],
    ids=["whole bodies", "Base64", "escaped"],
)
def test_an_index_that_keeps_bodies_otherwise_is_an_outage_and_no_fault(fields: Fields) -> None:
    with pytest.raises(EngineUnavailableError, match="built anew"):
        _ = fields.body
