"""Negotiation, validators, cursors and links on their own."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.errors import InvalidError
from kinoteka.web.answer import Answer
from kinoteka.web.negotiation import choose_coding, choose_media_type, matches
from kinoteka.web.paging import CursorValues, cursor_digest, decode_cursor, encode_cursor, link_header
from kinoteka.web.rendered import SMALLEST_COMPRESSED, Rendered

OFFERED = (b"text/csv", b"application/json")
VALUES = st.lists(st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.none()).map(tuple)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (b"", b"text/csv"),
        (b"*/*", b"text/csv"),
        (b"application/json", b"application/json"),
        (b"application/*", b"application/json"),
        (b"text/csv;q=0.1, application/json;q=0.2", b"application/json"),
        (b"text/csv;q=0, */*", b"application/json"),
        (b"TEXT/CSV ; Q=1", b"text/csv"),
        (b"image/png", None),
        (b"*/*;q=0", None),
    ],
)
def test_media_types(accept: bytes, chosen: bytes | None) -> None:
    assert choose_media_type(accept, OFFERED) == chosen


@given(st.binary(max_size=60) | st.text(alphabet="gzipstd*;q=0.1, /", max_size=40).map(str.encode))
def test_any_header_is_read_without_a_fault(header: bytes) -> None:
    assert choose_coding(header) in ("", "gzip", "zstd")
    assert choose_media_type(header, OFFERED) in (*OFFERED, None)
    assert matches(header, b'"1.a"') in (True, False)


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        (b'"1.a"', True),
        (b'W/"1.a"', True),
        (b'"0.b" , "1.a"', True),
        (b"*", True),
        (b'"1.a-gzip"', False),
        (b"1.a", False),
        (b"", False),
    ],
)
def test_if_none_match(condition: bytes, result: bool) -> None:
    assert matches(condition, b'"1.a"') is result


@given(st.binary(max_size=3000), st.integers(0, 10**6))
def test_the_etag_tells_versions_contents_and_codings_apart(body: bytes, version: int) -> None:
    rendered = Rendered(Answer(body, version))
    same = Rendered(Answer(body, version))
    etags = {rendered.variant(coding).etag for coding in ("", "gzip", "zstd")}
    assert len(etags) == (3 if len(body) >= SMALLEST_COMPRESSED else 1)
    assert etags == {same.variant(coding).etag for coding in ("", "gzip", "zstd")}
    assert Rendered(Answer(body + b"x", version)).tag != rendered.tag
    assert Rendered(Answer(body, version + 1)).tag != rendered.tag
    assert rendered.tag.startswith(b"%d." % version)


@given(VALUES, st.text(), st.text())
def test_a_cursor_comes_back_and_belongs_to_what_was_asked(values: CursorValues, one: str, other: str) -> None:
    cursor = encode_cursor(cursor_digest(one), values)
    assert set(cursor) <= set(string.ascii_letters + string.digits + "-_")
    assert decode_cursor(cursor, cursor_digest(one)) == values
    if one != other:
        with pytest.raises(InvalidError):
            decode_cursor(cursor, cursor_digest(other))


@given(st.text(max_size=50))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        decode_cursor(text, cursor_digest("x"))


def test_links_escape_and_keep_order() -> None:
    kept = {"q": 'a&b="<>', "genre": ("x", "я"), "rating_from": 7.0}
    name, value = link_header("/search", kept, {"first": {"page": 1}})
    assert name == b"link"
    assert value == (b'</search?genre=x&genre=%D1%8F&page=1&q=a%26b%3D%22%3C%3E&rating_from=7>; rel="first"')
