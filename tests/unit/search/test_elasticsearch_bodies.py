"""A body is kept as what follows its item."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinoteka.search.elasticsearch.answers import Fields
from kinoteka.search.elasticsearch.bodies import rest_of, whole
from kinoteka.search.engine import EngineUnavailableError


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
@example(b'{"id":1,"actors":[1,2', b',3],"plot":"x"}', b"]}")
@example(b"", b"", b"")
def test_any_body_is_whole_again(shared: bytes, of_body: bytes, of_item: bytes) -> None:
    body, item = shared + of_body, shared + of_item
    assert whole(item, rest_of(body, item)) == body


@given(st.binary(max_size=5000), st.binary(max_size=60))
def test_what_both_begin_with_is_not_kept_twice(shared: bytes, of_body: bytes) -> None:
    assert len(rest_of(shared + of_body, shared)) <= 4 + len(of_body)


def test_what_stands_in_an_index_that_is_there_already() -> None:
    assert rest_of(b"abX", b"abY") == b"\0\0\0\2X"


def test_an_index_that_keeps_bodies_otherwise_is_an_outage_and_no_fault() -> None:
    with pytest.raises(EngineUnavailableError, match="built anew"):
        _ = Fields(version=(1,), item=(b"{}",)).body
