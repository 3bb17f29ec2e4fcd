"""Cells of the CSV: whatever the text, it reads back unchanged, and no spreadsheet runs it."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.catalogue.csv_format import (
    FORMULA_STARTS,
    join_list,
    join_title,
    quote,
    shield,
    split_list,
    split_title,
    unshield,
)

TRICKY = st.one_of(
    st.text(alphabet="'=a", max_size=5),
    st.text(alphabet="'\"=+-@\t\r\n,;|\\:＝aй"),
    st.text(alphabet=st.characters(codec="utf-8")),
)


@given(TRICKY)
def test_any_text_reads_back(text: str) -> None:
    assert unshield(shield(text)) == text


@given(TRICKY)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert shield(text)[:1] not in set(FORMULA_STARTS)


@given(st.lists(TRICKY, min_size=1))
def test_any_row_reads_back_through_a_csv_reader(texts: list[str]) -> None:
    line = ",".join(quote(shield(text)) for text in [*texts, "end"]) + "\r\n"
    (row,) = csv.reader(StringIO(line, newline=""), strict=True)
    assert [unshield(cell) for cell in row] == [*texts, "end"]


@given(st.lists(TRICKY).filter(lambda elements: elements != [""]))
def test_any_list_reads_back(elements: list[str]) -> None:
    assert split_list(join_list(elements)) == elements


@given(TRICKY, st.sampled_from([None, "uk", "pt-BR", "zh-Hant-TW"]))
def test_any_title_reads_back(title: str, language: str | None) -> None:
    assert split_title(join_title(title, language)) == (title, language)


@pytest.mark.parametrize("text", ["'Round Midnight", "'", "It's", "O'", "’tis", "7-", "a=b"])
def test_text_that_is_no_formula_stays_as_it_is(text: str) -> None:
    assert shield(text) == unshield(text) == text


@pytest.mark.parametrize(
    ("cell", "elements"), [("", []), ("a", ["a"]), ("|", ["", ""]), (r"a\|b|c", ["a|b", "c"]), ("a\\", ["a\\"])]
)
def test_lists_written_by_hand(cell: str, elements: list[str]) -> None:
    assert split_list(cell) == elements


@pytest.mark.parametrize("element", ["Alien: Romulus", "Just a title", "2001: A Space Odyssey"])
def test_a_title_with_a_colon_needs_no_language(element: str) -> None:
    assert split_title(element) == (element, None)
