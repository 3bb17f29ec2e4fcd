"""Keys of whole titles: spelled another way they are the same, for any string they are there and short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.search.analysis.sounds import asked_sounds, sound, stored_sounds, word_sounds
from kinoteka.search.keys import asked_keys, squeezed_keys, stored_keys, trigrams

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
LETTERS = st.one_of(
    st.text(alphabet="abcdefxyz 123", min_size=1, max_size=40),
    st.text(alphabet="абвгдеёжийїієщьюя 123", min_size=1, max_size=40),
)


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Spider-Man", "spiderman"),
        ("Spider-Man", "SPIDER MAN"),
        ("The Godfather", "godfather"),
        ("Godfather", "the godfather"),
        ("Ocean's Twelve", "oceans 12"),
        ("Rocky II", "rocky 2"),
        ("Rocky II", "rocky two"),
        ("The Godfather Part II", "godfather 2"),
        ("Amélie", "amelie"),
        ("Ёлки", "елки"),
        ("Кам’яний хрест", "камяний хрест"),
        ("Кам’яний хрест", "кам`яний хрест"),
        ("Ліга справедливості", "Лiга справедливостi"),
        ("8½", "8 1/2"),
        ("WALL·E", "wall-e"),
    ],
)
def test_ways_of_writing_meet_in_a_key(title: str, typed: str) -> None:
    assert set(stored_keys([title]).squeezed) & set(asked_keys(typed).squeezed)


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Жизнь", "zhizn"), ("Жизнь", "jizn'"), ("Жизнь", "žizn"), ("Щит и меч", "shchit i mech"),
        ("Щит и меч", "schit i mech"), ("Щит и меч", "ščit i meč"),
        ("Хлеб", "khleb"), ("Хлеб", "hleb"), ("Хлеб", "xleb"),
        ("Цирк", "tsirk"), ("Цирк", "cirk"), ("Юность", "yunost"), ("Юность", "iunost"), ("Юность", "junost"),
        ("Ёлки", "yolki"), ("Ёлки", "elki"), ("Ёлки", "jolki"), ("Чайка", "chaika"), ("Чайка", "chayka"),
        ("Гори, гори, моя звезда", "gori gori moya zvezda"), ("Земля", "zemlia"), ("Земля", "zemlya"),
        ("Тіні забутих предків", "tini zabutykh predkiv"), ("Тіні забутих предків", "tini zabutyh predkiv"),
        ("Їжак", "yizhak"), ("Гора", "hora"), ("Гора", "gora"), ("Andrei Tarkovsky", "Андрей Тарковский"),
        ("Юрій Іллєнко", "yurii illienko"), ("Объезд", "obyezd"), ("Счастье", "schaste"),
    ],
)  # fmt: skip
def test_transliterations_meet_in_a_sound(title: str, typed: str) -> None:
    assert set(stored_sounds([title])) & set(asked_sounds(typed)), (stored_sounds([title]), asked_sounds(typed))


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("scorsese", "скорсезе"), ("spielberg", "спилберг"), ("eisenstein", "эйзенштейн"), ("parajanov", "параджанов"),
        ("schwarzenegger", "шварценеггер"), ("hitchcock", "хичкок"), ("dicaprio", "дикаприо"), ("audrey", "одри"),
        ("willis", "уиллис"), ("hawkins", "хокинс"), ("mccarthy", "маккарти"), ("sergei", "сергій"),
    ],
)  # fmt: skip
def test_foreign_names_are_heard_in_cyrillic(name: str, typed: str) -> None:
    assert set(word_sounds(name)) & set(word_sounds(typed)), (word_sounds(name), word_sounds(typed))


@pytest.mark.parametrize("name", ["Samuel L. Jackson", "V. I. Pudovkin", "Malcolm X"])
def test_initials_of_people_are_no_numbers(name: str) -> None:
    assert not any(letter.isdigit() for key in stored_keys([name], with_numbers=False).squeezed for letter in key)


@pytest.mark.parametrize(("one", "other"), [("Брат", "Брод"), ("Дом", "Дым"), ("Рим", "Ром"), ("Сталкер", "Сталин")])
def test_other_titles_sound_otherwise(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@given(LETTERS)
def test_case_spaces_and_hyphens_do_not_matter(title: str) -> None:
    keys = squeezed_keys(title.split())[:1]
    assert asked_keys(title.upper()).squeezed[:1] == asked_keys(title).squeezed[:1]
    assert asked_keys(f"  {title.replace(' ', ' - ')}!").squeezed[:1] == asked_keys(title).squeezed[:1]
    assert not title.strip() or keys


@given(ANY_TEXT)
def test_a_title_typed_as_it_is_shares_all_its_keys(title: str) -> None:
    stored, asked = stored_keys([title]), asked_keys(title[:100])
    assert len(title) > 60 or set(asked.squeezed) <= set(stored.squeezed)


@given(ANY_TEXT)
def test_keys_of_keys_are_the_same(title: str) -> None:
    for key in stored_keys([title]).exact:
        assert stored_keys([key]).exact == (key,) or len(key) >= 119


@given(ANY_TEXT)
def test_keys_are_short_and_never_empty(title: str) -> None:
    keys = stored_keys([title, title * 40])
    for key in (*keys.exact, *keys.squeezed, *keys.sounds):
        assert 0 < len(key) <= 120


@given(st.text(alphabet="abc", min_size=1, max_size=50))
def test_trigrams_cover_the_key(key: str) -> None:
    grams = trigrams(key)
    assert all(len(gram) == 3 for gram in grams)
    assert all(f"^{key}$"[at : at + 3] in grams for at in range(len(key)))
