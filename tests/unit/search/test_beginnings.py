"""The first keystrokes of a word are terms of their own."""

import pytest

from kinoteka.search.beginnings import beginning, short_beginnings
from kinoteka.search.clauses import Prefix, Term


def test_each_word_up_to_three_characters() -> None:
    assert short_beginnings(["shining", "їж", "𐐨𐐩𐐪𐐫"]) == ("s", "sh", "shi", "ї", "їж", "𐐨", "𐐨𐐩", "𐐨𐐩𐐪")


def test_each_beginning_once() -> None:
    assert short_beginnings(["the", "then", "two"]) == ("t", "th", "the", "tw", "two")


@pytest.mark.parametrize("value", ["s", "shi"])
def test_what_is_short_is_a_term(value: str) -> None:
    assert beginning("titles", value) == Term("titles_begin", value)


def test_what_is_longer_is_looked_for_among_the_words() -> None:
    assert beginning("titles", "shin") == Prefix("titles", "shin")
