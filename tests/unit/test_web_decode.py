"""The request decoder."""

from typing import Annotated, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from pydantic_core import PydanticCustomError

from kinoteka.errors import Fault, InvalidError, MalformedError
from kinoteka.web.decode import Expected, Sent, decode_body, decode_call
from kinoteka.web.parameters import WHOLE, Id, Nothing, Parameters, Text, canonical_text
from kinoteka.web.query_string import parse_query


class Query(Parameters):
    number: Annotated[int, Field(ge=1, le=9), WHOLE] = 1
    text: Text | None = None
    many: Annotated[tuple[Text, ...], Field(max_length=3)] = ()
    mark: Annotated[str, Field(pattern="^[0-9]$")] = "0"
    flag: Literal["true", "false"] = "false"
    id: Id | None = None


class Actor(BaseModel):
    id: int
    character: str = Field(min_length=1)


class Film(BaseModel, extra="forbid"):
    title: str
    actors: list[Actor] = []


def decode(query: bytes) -> Query:
    return decode_call(Expected(Nothing, Query), Sent({}, query, {})).query


def outcome(query: bytes) -> Query | list[Fault]:
    try:
        return decode(query)
    except InvalidError as error:
        return error.faults


@given(st.binary(max_size=200) | st.text(alphabet="numbertexflagidmy=&%+0123456789abcf", max_size=80).map(str.encode))
@example(b"&&=&%&=%")
@example(b"number=%E2%82&text=%00")
def test_any_query_is_decoded_or_refused_with_its_places(query: bytes) -> None:
    result = outcome(query)
    if isinstance(result, Query):
        assert 1 <= result.number <= 9
    else:
        assert result
        assert all(fault.parameter is not None and fault.code and fault.detail for fault in result)


@given(st.dictionaries(st.sampled_from(["number", "many", "text"]), st.integers(1, 9), min_size=1))
def test_what_was_written_is_read(values: dict[str, int]) -> None:
    decoded = decode("&".join(f"{name}={value}" for name, value in values.items()).encode())
    assert decoded.number == values.get("number", 1)
    assert decoded.many == ((str(values["many"]),) if "many" in values else ())


@given(st.text(max_size=60))
def test_canonical_text_stays_as_it_is(text: str) -> None:
    try:
        once = canonical_text(text)
    except PydanticCustomError:
        return
    assert canonical_text(once) == once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("query", "text"),
    [(b"text=a+b", "a b"), (b"text=a%2Bb", "a+b"), (b"text=%D0%81", "ё"), (b"text=a=b", "a=b"), (b"text=%25", "%")],
)
def test_escapes(query: bytes, text: str) -> None:
    assert decode(query).text == text


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        (b"number=1.0", {"whole_number"}),
        (b"number=+1", {"whole_number"}),
        (b"number=%D9%A1", {"whole_number"}),
        (b"number=10", {"too_large"}),
        (b"number=1&number=1", {"repeated"}),
        (b"number=", {"empty"}),
        (b"number", {"empty"}),
        (b"flag=yes", {"choice"}),
        (b"id={0190d3a2-7c1e-7b43-9f4e-0d8f3c1a2b3c}", {"uuid"}),
        (b"text=%E2%80%8B", {"blank"}),
        (b"text=" + b"a" * 501, {"too_long"}),
        (b"text=%ED%A0%80", {"encoding"}),
        (b"text=a%00", {"encoding"}),
        (b"text=%2", {"encoding"}),
        (b"many=a&many=", {"empty"}),
        (b"&".join([b"many=a"] * 4), {"too_many"}),
        (b"mark=a", {"pattern"}),
        (b"txet=1", {"unknown"}),
        (b"txet=1&number=0&flag=1", {"unknown", "too_small", "choice"}),
    ],
)
def test_faults(query: bytes, codes: set[str]) -> None:
    with pytest.raises(InvalidError) as caught:
        decode(query)
    assert {fault.code for fault in caught.value.faults} == codes


def test_texts_of_faults_are_ours() -> None:
    faults = {fault.parameter: fault.detail for fault in refused(b"number=10&flag=yes&mark=a&many=a&many=%20&many=b")}
    assert faults == {
        "number": "Must be at most 9",
        "flag": "Must be true or false",
        "mark": "Must match ^[0-9]$",
        "many": "Must hold at least one visible character; « » is wrong",
    }
    assert refused(b"&".join([b"many=a"] * 4))[0].detail == "Must hold at most 3 values"


def refused(query: bytes) -> list[Fault]:
    faults = outcome(query)
    assert isinstance(faults, list)
    return faults


def test_an_unreadable_value_is_one_fault_even_where_another_is_readable() -> None:
    given, faults = parse_query(b"a=1&a=%FF&b=2")
    assert given == {"a": ["1"], "b": ["2"]}
    assert [(fault.parameter, fault.code) for fault in faults] == [("a", "encoding")]


def test_a_body_names_every_fault_by_pointer() -> None:
    with pytest.raises(InvalidError) as caught:
        decode_body(Film, b'{"actors": [{"id": 1, "character": "x"}, {"id": "y", "character": ""}], "a/b~c": 1}')
    assert {fault.pointer for fault in caught.value.faults} == {
        "/title",
        "/actors/1/id",
        "/actors/1/character",
        "/a~1b~0c",
    }
    assert decode_body(Film, b'{"title": "A"}') == Film(title="A")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{'a': 1}", b'{"title": "\xed\xa0\x80"}'])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_body(Film, body)
