"""A body is kept as what follows its item."""

from hypothesis import example, given
from hypothesis import strategies as st

from kinoteka.search.elasticsearch.bodies import rest_of, whole


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60))
@example(b'{"id":1,"actors":[1,2', b',3],"plot":"x"}', b"]}")
@example(b"", b"", b"")
def test_any_body_is_whole_again(shared: bytes, of_body: bytes, of_item: bytes) -> None:
    body, item = shared + of_body, shared + of_item
    assert whole(item, rest_of(body, item)) == body


@given(st.binary(max_size=5000), st.binary(max_size=60))
def test_what_both_begin_with_is_not_kept_twice(shared: bytes, of_body: bytes) -> None:
    assert len(rest_of(shared + of_body, shared)) <= 4 + len(of_body)
