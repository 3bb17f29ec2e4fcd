"""Highlights show the text as it is, safely."""

import re
from html import unescape
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.search.highlighting import Highlighter
from kinoteka.search.resemblance import is_within

TEXTS = st.text(max_size=60).filter(str.strip)


def highlighted(name: str, query: str, *, is_bent: bool = False) -> str | None:
    body = {
        "id": UUID(int=1), "name": name, "date_of_birth": None, "date_of_death": None, "photo": None, "film_count": 0,
        "films": [],
    }  # fmt: skip
    return Highlighter(query, is_bent=is_bent).highlight("person", msgspec.json.encode(body)).title


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


def test_a_letter_alone_marks_no_beginnings() -> None:
    assert highlighted("American Beauty and a Half", "a") == "American Beauty and <mark>a</mark> Half"
    assert highlighted("American Beauty", "am") == "<mark>American</mark> Beauty"


def test_words_written_together_or_apart() -> None:
    assert highlighted("Spider-Man", "spiderman") == "<mark>Spider-Man</mark>"
    assert highlighted("Robert De Niro", "deniro") == "Robert <mark>De Niro</mark>"
    assert highlighted("Leonardo DiCaprio", "di caprio") == "Leonardo <mark>DiCaprio</mark>"


def test_a_bent_query_marks_what_answered_it() -> None:
    assert highlighted("A Night in Casablanca", "casablnca", is_bent=True) == "A Night in <mark>Casablanca</mark>"
    assert highlighted("Alfred Hitchcock", "хичкок", is_bent=True) == "Alfred <mark>Hitchcock</mark>"
    assert highlighted("Casablanca", "casablnca") is None
    assert highlighted("Nothing here", "casablnca", is_bent=True) is None


@given(TEXTS, TEXTS)
def test_bent_and_unmarked_it_is_the_text_again(name: str, query: str) -> None:
    marked = highlighted(name, query, is_bent=True)
    assert marked is None or unescape(re.sub("</?mark>", "", marked)) in (name, unescape(name))


@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_within_is_the_same_both_ways(one: str, other: str) -> None:
    assert is_within(one, other, 2) == is_within(other, one, 2)
    assert is_within(one, other, 0) == (one == other)


def test_a_swap_is_one_edit() -> None:
    assert is_within("chritsmas", "christmas", 1)
    assert not is_within("chritsmsa", "christmas", 1)
