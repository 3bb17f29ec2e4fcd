"""JSON is a string inside JSON that is as long as itself."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from kinoteka.search.elasticsearch.quoting import quoted, unquoted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
@example('~ and ^, " and \\ and \n')
@example({"": "^"})
def test_any_json_comes_back(value: object) -> None:
    text = msgspec.json.encode(value)
    assert unquoted(quoted(text)) == text


@given(JSON)
def test_what_is_made_is_a_string_of_json(value: object) -> None:
    assert isinstance(msgspec.json.decode(quoted(msgspec.json.encode(value))), str)


def test_quotes_and_backslashes_cost_nothing() -> None:
    text = msgspec.json.encode({"title": 'Їжак "у\\в" тумані', "year": 1975})
    assert len(bytes(quoted(text))) == len(text) + 2


@pytest.mark.parametrize("string", [b'"{~id~:~\xd1\x8f~}"', b'"{~id~:~\\u044f~}"'])
def test_escapes_are_read_however_they_are_written(string: bytes) -> None:
    assert unquoted(Raw(string)) == '{"id":"я"}'.encode()


def test_what_stands_in_an_index_that_is_there_already() -> None:
    assert bytes(quoted(b'{"a":"~\\n^"}')) == b'"{~a~:~\\"^n\\\\~}"'
