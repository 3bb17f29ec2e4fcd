"""Whatever is typed, search answers, and what it costs is bounded."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_catalogue import FILMS, documents, film, film_id

from kinoteka.search.engine import SearchEngine
from kinoteka.search.query import Filters, Listing, Search, Sort, Suggest

HOSTILE = [
    "\x00", "a\x00b", "\ud800", "\udfff shining", "\u202eshining\u202c", "\u200b\u200d\ufeff", "(", '"', "/.*/", "~~~",
    "title:shining AND", "* OR 1=1; DROP TABLE film;--", "a" * 10_000, "the " * 5_000, "'" * 300, "-" * 300, "\\" * 300,
    "^$[]{}", "🎬🎬🎬", "ｓｈｉｎｉｎｇ", "i̇stanbul", "\u0301" * 500, "é" * 400, "ь" * 300, "1" * 400, "٣٤٥", "ﷺ" * 100,
    "[" * 300, "ЏС'",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
async def test_hostile_text_is_only_text(engine: SearchEngine, text: str) -> None:
    await ask(engine, text)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_categories=())))
async def test_any_text_is_answered(engine: SearchEngine, text: str) -> None:
    await ask(engine, text)


async def ask(engine: SearchEngine, text: str) -> None:
    found = await engine.search(Search(text=text, size=20))
    assert 0 <= len(found.items) <= found.total
    await engine.suggest(Suggest(text=text))
    for filters in (Filters(title_prefix=text), Filters(name=text)):
        await engine.page(Listing(kind="film", sort=Sort("title"), size=20, filters=filters))
    assert await engine.find_external("imdb", text) is None
    await engine.find_genres([text])


async def test_the_zero_width_and_bidi_characters_do_not_count(engine: SearchEngine) -> None:
    found = await engine.search(Search(text="\u202ethe\u200b shin\u00ading\u202c", size=5))
    assert found.items[0].stored.id == film_id(1)


async def test_any_title_can_be_stored_and_found(empty: SearchEngine) -> None:
    titles = ["?", "!!!", "…", "M" * 500, "слово " * 80, "🎬", "東京物語", "मुन्ना भाई", "ﷺ", "<script>", "\u202eabc"]
    await empty.write(documents("film", [film(number, title) for number, title in enumerate(titles)]))
    assert await empty.count("film") == len(titles) != len(FILMS)
    for number, title in enumerate(titles[3:5] + titles[6:], 3):
        found = await empty.search(Search(text=title, size=20))
        assert title in titles
        assert found.items, (number, title)
