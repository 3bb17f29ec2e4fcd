"""What folding, splitting, numbers, layouts, homoglyphs and stems do to words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinoteka.search.analysis.folding import aligned, fold
from kinoteka.search.analysis.homoglyphs import repair_homoglyphs
from kinoteka.search.analysis.layouts import on_other_layouts
from kinoteka.search.analysis.numbers import with_digits
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import MAX_QUERY_WORDS, joined_compounds, split_query, split_words

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
"""Surrogates, NUL, private use and unassigned characters included."""


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("AMÉLIE", "amelie"),
        ("Kieślowski", "kieslowski"),
        ("Ёлки", "елки"),
        ("Йод", "йод"),
        ("Їжак", "їжак"),
        ("Ґанок", "ганок"),
        ("за́мок", "замок"),
        ("п’ять", "п'ять"),
        ("Spider‑Man", "spider-man"),
        ("Straße", "strasse"),
        ("Tom & Jerry", "tom  and  jerry"),
        ("ﬁlm", "film"),
        ("Ω\u0301μέγα", "ωμεγα"),
        ("パリ", "パリ"),
        ("\u200bа\u00adб\ufeff", "аб"),
        ("\ud800x", "x"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@example("áё")
@example("a’е")
@given(ANY_TEXT)
def test_words_are_words_again(text: str) -> None:
    words = split_words(text)
    assert split_words(" ".join(words)) == words
    assert all(word and not word.isspace() and " " not in word for word in words)


@given(ANY_TEXT)
def test_aligned_text_keeps_every_place(text: str) -> None:
    assert len(aligned(text)) == len(text)


@given(st.lists(st.text(alphabet="abвя", min_size=1, max_size=40), max_size=60))
def test_a_query_has_bounded_words(words: list[str]) -> None:
    assert len(split_query(" ".join(words))) <= MAX_QUERY_WORDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ocean’s Twelve", ("oceans", "twelve")),
        ("8½", ("8", "1", "2")),
        ("Кінець «п'ятого» дня", ("кінець", "пятого", "дня")),
        ("WALL·E", ("wall", "e")),
        ("मुन्ना भाई", ("मुन्ना", "भाई")),
        ("...", ()),
    ],
)
def test_words(text: str, words: tuple[str, ...]) -> None:
    assert split_words(text) == words


def test_compounds_are_also_one_word() -> None:
    assert joined_compounds("Spider-Man: No Way-Out") == ("spiderman", "wayout")
    assert joined_compounds("Rocky - The End") == ()


@pytest.mark.parametrize(
    ("text", "repaired"),
    [
        ("Лiга справедливостi", "Ліга справедливості"),
        ("Coлярис", "Солярис"),
        ("Rосky", "Rocky"),
        ("Рокки III", "Рокки III"),
        ("Plain English", "Plain English"),
        ("Просто русский", "Просто русский"),
    ],
)
def test_homoglyphs(text: str, repaired: str) -> None:
    assert repair_homoglyphs(text) == repaired


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cjkzhbc", "солярис"),
        ("Ghbdtn", "Привет"),
        ("ыщдфкшы", "solaris"),
        ("}kj[", "Їлох"),
        ("[jhjibt lyb", "хорошие дни"),
    ],
)
def test_layouts(typed: str, meant: str) -> None:
    assert meant in on_other_layouts(typed)


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("rocky ii", "rocky 2"),
        ("rocky two", "rocky 2"),
        ("rocky part ii", "rocky 2"),
        ("oceans twelve", "oceans 12"),
        ("twenty one grams", "21 grams"),
        ("xxi century", "21 century"),
        ("second chance", "2 chance"),
        ("3rd man", "3 man"),
        ("семь самураев", "7 самураев"),
        ("двенадцать стульев", "12 стульев"),
        ("дванадцять стільців", "12 стільців"),
        ("mild vivid lid", "mild vivid lid"),
        ("part of me", "part of me"),
        ("i jane doe", "i jane doe"),
        ("what i saw", "what i saw"),
        ("rocky part i of it", "rocky 1 of it"),
        ("v for vendetta", "v for vendetta"),
        ("l a story", "l a story"),
        ("samuel l jackson", "samuel l jackson"),
        ("rocky v", "rocky 5"),
    ],
)
def test_numbers(words: str, digits: str) -> None:
    assert " ".join(with_digits(words.split())) == digits


@pytest.mark.parametrize(
    "forms",
    [
        "сонце сонця сонцю сонцем",
        "предки предків предкам предками",
        "тіні тіней тінями",
        "забуті забутих забутими",
        "ніч ночі ніччю",
        "рука руки руці рукою",
        "хлопець хлопця хлопці хлопцями",
        "земля землі землю землею",
        "камінний камінного камінному камінна",
        "господар господаря господарем",
        "кохання коханням",
    ],
)
def test_ukrainian_forms_share_a_stem(forms: str) -> None:
    stems = [set(stems_of(form)) for form in forms.split()]
    assert set.intersection(*stems), stems


@pytest.mark.parametrize(
    "forms", ["журавли журавлей журавлями", "иваново иванова", "белое белого белому", "солнце солнца"]
)
def test_russian_forms_share_a_stem(forms: str) -> None:
    assert set.intersection(*(set(stems_of(form)) for form in forms.split()))


def test_english_forms_share_a_stem() -> None:
    assert stems_of("shining") == stems_of("shines")


@pytest.mark.parametrize(("one", "other"), [("кіт", "кит"), ("мати", "море"), ("війна", "весна"), ("вода", "вечір")])
def test_other_words_do_not(one: str, other: str) -> None:
    assert set(stems_of(one)).isdisjoint(stems_of(other))


@given(ANY_TEXT)
def test_every_word_has_a_stem(text: str) -> None:
    assert all(stem for word in split_words(text) for stem in stems_of(word))
