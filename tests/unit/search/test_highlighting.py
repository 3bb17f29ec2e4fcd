"""Highlights show the text as it is, safely."""

import re
from html import unescape
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.search.highlighting import Highlighter

TEXTS = st.text(max_size=60).filter(str.strip)


def highlighted(name: str, query: str) -> str | None:
    body = {
        "id": UUID(int=1), "name": name, "date_of_birth": None, "date_of_death": None, "photo": None, "film_count": 0,
        "films": [],
    }  # fmt: skip
    return Highlighter(query).highlight("person", msgspec.json.encode(body)).title


@given(TEXTS, TEXTS)
def test_unmarked_it_is_the_text_again(name: str, query: str) -> None:
    marked = highlighted(name, query)
    if marked is not None:
        bare = re.sub("</?mark>", "", marked)
        assert unescape(bare) == unescape(unescape(name)) or unescape(bare) == name
        assert not re.search("<(?!/?mark>)", marked)


@given(TEXTS)
def test_a_name_with_words_is_marked_by_itself(name: str) -> None:
    if re.search("[a-zа-я]{2}", name):
        assert highlighted(name, name) is not None


def test_words_by_form_and_beginning() -> None:
    assert highlighted("The Shining Hours", "shine hou") == "The <mark>Shining</mark> <mark>Hours</mark>"
    assert highlighted("Ёлки & <b>", "елка") == "<mark>Ёлки</mark> &amp; &lt;b&gt;"
    assert highlighted("O’Brien", "obrien") == "<mark>O’Brien</mark>"
    assert highlighted("Nothing here", "else") is None
