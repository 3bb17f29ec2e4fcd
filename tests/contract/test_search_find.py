"""The search port's promises about ranked search and suggestions."""

from collections.abc import Sequence
from html import unescape

import msgspec
import pytest
from search_catalogue import (
    CHAPLIN,
    COMEDY,
    DRAMA,
    HORROR,
    KUBRICK,
    NICHOLSON,
    TARKOVSKY,
    documents,
    film,
    film_id,
    person,
)

from kinoteka.search.engine import FacetValue, SearchEngine
from kinoteka.search.query import MAX_SEARCH_TOTAL, Filters, Position, Search, Suggest


async def films_found(engine: SearchEngine, text: str, filters: Filters = Filters()) -> list[int]:  # noqa: B008 - frozen
    found = await engine.search(Search(text=text, kinds=("film",), filters=filters, size=20))
    assert found.total == len(found.items)
    return [item.stored.id.int & 0xFFFF for item in found.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("the shining", 1),
        ("SHINING!!", 1),
        ("shining 1980", 1),
        ("сияние", 1),
        ("Сяйво", 1),
        ("сияния", 1),
        ("the shinning", 1),
        ("hte shining", 1),
        ("kubrick shining", 1),
        ("snowbound caretakers", 1),
        ("the shi", 1),
        ("modern times", 2),
        ("times modern", 2),
        ("новых времен", 2),
        ("солярис", 3),
        ("соляріс", 3),
        ("solyaris", 3),
        ("cjkzhbc", 3),
        ("ыщдфкшы", 3),
        ("Coлярiс", 3),
        ("заводной апельсин", 4),
        ("zavodnoj apelsin", 4),
        ("механічного апельсина", 4),
        ("rocky 2", 6),
        ("rocky two", 6),
        ("Rocky Part II", 6),
        ("spiderman", 7),
        ("spider man", 7),
        ("spider‑man", 7),
        ("унесенные ветром", 8),
        ("unesyonnye vetrom", 8),
        ("віднесеними вітром", 8),
        ("ballad", 9),
        ("ballad soldier", 10),
        ("тарковский солярис", 3),
        ("кубрик shining", 1),
    ],
)
async def test_the_film_meant_comes_first(engine: SearchEngine, text: str, first: int) -> None:
    assert (await films_found(engine, text))[:1] == [first]


@pytest.mark.parametrize("text", ["", "   ", "?!", "\u200b", "xqzvkj wrtpl", "ъъъъъ щщщщщщ", "qqqqqqqqqqqqqqqq"])
async def test_what_means_nothing_finds_nothing(engine: SearchEngine, text: str) -> None:
    found = await engine.search(Search(text=text, size=20))
    assert (found.items, found.total, found.did_you_mean, found.after) == ([], 0, None, None)
    assert await engine.suggest(Suggest(text=text)) == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("stanley kubrick", KUBRICK),
        ("Kubrick Stanley", KUBRICK),
        ("Chaplin", CHAPLIN),
        ("Андрей Тарковский", TARKOVSKY),
        ("jack nicolson", NICHOLSON),
        ("тарковский", TARKOVSKY),
        ("кубрик", KUBRICK),
        ("comedy", COMEDY),
        ("science fiction", HORROR),
        ("the shining", film_id(1)),
    ],
)
async def test_kinds_are_ranked_together(engine: SearchEngine, text: str, first: object) -> None:
    found = await engine.search(Search(text=text, size=20))
    assert found.items[0].stored.id == first


async def test_a_name_finds_the_person_and_the_films(engine: SearchEngine) -> None:
    found = await engine.search(Search(text="kubrick", size=20))
    assert {item.stored.id for item in found.items} == {KUBRICK, film_id(1), film_id(4)}
    assert await films_found(engine, "kubrick", Filters(year_to=1975)) == [4]


async def test_search_answers_items(engine: SearchEngine) -> None:
    found = await engine.search(Search(text="modern times", size=20))
    listed = await engine.get_many("film", [film_id(2)])
    assert found.items[0].stored == listed[0]


async def test_an_exact_title_beats_any_number_of_votes(empty: SearchEngine) -> None:
    famous = [film(n, f"Her {n}", rating=9.0, votes=3_000_000) for n in range(2, 9)]
    await empty.write(documents("film", [film(1, "Her"), *famous]))
    assert (await films_found(empty, "her"))[0] == 1


async def test_votes_and_then_length_break_ties(empty: SearchEngine) -> None:
    rows = [
        film(1, "Night and the Long City of Dreams"),
        film(2, "Night City"),
        film(3, "Night of the Long City of Knives and Dreams", rating=9.0, votes=90_000),
    ]
    await empty.write(documents("film", rows))
    assert await films_found(empty, "city night") == [3, 2, 1]


async def test_a_film_with_all_words_beats_a_title_nearly_so(empty: SearchEngine) -> None:
    rows = [film(1, "Marta", rating=9.0, votes=1_000_000), film(2, "Letters to Maria"), film(3, "Mario")]
    await empty.write(documents("film", rows))
    assert (await films_found(empty, "maria"))[0] == 2


async def test_did_you_mean_only_when_rewritten(engine: SearchEngine) -> None:
    async def meant(text: str) -> str | None:
        return (await engine.search(Search(text=text, size=5))).did_you_mean

    assert await meant("the shining") is None
    assert await meant("the shyning") == "The Shining"
    assert await meant("cjkzhbc") == "Солярис"
    assert await meant("тарковский") == "Andrei Tarkovsky"
    assert await meant("zavodnoi apelsyn") == "Заводной апельсин"


async def test_highlights(engine: SearchEngine) -> None:
    found = await engine.search(Search(text="hotels ghosts", kinds=("film",), size=5))
    highlight = found.items[0].highlight
    assert highlight.title is None
    assert highlight.fragment == (
        "A writer becomes the caretaker of a snowbound <mark>hotel</mark>. "
        "His son sees &lt;<mark>ghosts</mark>&gt; &amp; twins."
    )
    other = await engine.search(Search(text="сияние", kinds=("film",), size=5))
    assert other.items[0].highlight.title == "<mark>Сияние</mark>"
    by_person = await engine.search(Search(text="nicholson", kinds=("film",), size=5))
    assert by_person.items[0].highlight.title == "Jack <mark>Nicholson</mark>"


async def test_a_long_description_is_cut_around_the_match(empty: SearchEngine) -> None:
    await empty.write(documents("film", [film(1, "Long", description="word " * 300 + "needle " + "word " * 300)]))
    fragment = (await empty.search(Search(text="needle", size=5))).items[0].highlight.fragment
    assert fragment is not None
    assert "<mark>needle</mark>" in fragment
    assert fragment.startswith("…")
    assert fragment.endswith("…")
    assert len(unescape(fragment)) < 300


async def facets_of(engine: SearchEngine, text: str, filters: Filters = Filters()) -> dict[str, dict[str, int]]:  # noqa: B008 - frozen
    facets = (await engine.search(Search(text=text, filters=filters, size=1))).facets
    assert facets is not None

    def counts(values: Sequence[FacetValue]) -> dict[str, int]:
        return {value.label: value.count for value in values}

    return {
        "genres": counts(facets.genres),
        "decades": counts(facets.decades),
        "ratings": counts(facets.ratings),
        "kinds": counts(facets.kinds),
    }


async def test_facets_count_the_whole_result(engine: SearchEngine) -> None:
    assert await facets_of(engine, "kubrick") == {
        "genres": {"Science Fiction": 2, "Drama": 1},
        "decades": {"1970s": 1, "1980s": 1},
        "ratings": {"8–8.99": 2},
        "kinds": {"film": 2, "person": 1},
    }


async def test_a_facet_does_not_filter_itself(engine: SearchEngine) -> None:
    facets = await facets_of(engine, "kubrick", Filters(genres=(DRAMA,)))
    assert facets["genres"] == {"Science Fiction": 2, "Drama": 1}
    assert facets["decades"] == {"1980s": 1}
    facets = await facets_of(engine, "kubrick", Filters(year_from=1980, year_to=1989))
    assert facets["decades"] == {"1970s": 1, "1980s": 1}
    assert facets["genres"] == {"Science Fiction": 1, "Drama": 1}
    of_films = (await engine.search(Search(text="kubrick", kinds=("film",), size=1))).facets
    assert of_films is not None
    assert [(value.value, value.count) for value in of_films.kinds] == [("film", 2), ("person", 1)]


async def test_facet_values_are_what_the_filters_take(engine: SearchEngine) -> None:
    facets = (await engine.search(Search(text="kubrick", size=1))).facets
    assert facets is not None
    assert [value.value for value in facets.genres] == [str(HORROR), str(DRAMA)]
    assert [value.value for value in facets.decades] == ["1970", "1980"]
    assert [value.value for value in facets.ratings] == ["8"]


async def test_facets_only_when_asked(engine: SearchEngine) -> None:
    assert (await engine.search(Search(text="kubrick", size=1, facets=False))).facets is None


@pytest.fixture
async def alike(empty: SearchEngine) -> SearchEngine:
    """Films that a search cannot tell apart but by votes."""
    rows = [film(number, f"Alike {number}", votes=10 + number, rating=5.0) for number in range(90)]
    await empty.write(documents("film", rows))
    return empty


async def test_pages_and_cursors_walk_the_same_ranking(alike: SearchEngine) -> None:
    whole = [item.stored.id for item in (await alike.search(Search(text="alike", size=100))).items]
    assert len(set(whole)) == 90
    by_offset, by_cursor = [], []
    after: Position | None = None
    for offset in range(0, 90, 20):
        page = await alike.search(Search(text="alike", size=20, offset=offset))
        by_offset += [item.stored.id for item in page.items]
        following = await alike.search(Search(text="alike", size=20, after=after))
        by_cursor += [item.stored.id for item in following.items]
        after = following.after
        assert page.total == following.total == 90
    assert by_offset == by_cursor == whole
    assert after is None


async def test_past_the_end_of_a_search(alike: SearchEngine) -> None:
    found = await alike.search(Search(text="alike", size=20, offset=90))
    assert (found.items, found.total, found.after) == ([], 90, None)


async def test_a_total_is_counted_up_to_ten_thousand(empty: SearchEngine) -> None:
    rows = [person(film_id(number), f"Ann {number}") for number in range(MAX_SEARCH_TOTAL + 1)]
    await empty.write(documents("person", rows))
    found = await empty.search(Search(text="ann", size=1))
    assert (found.total, found.total_is_exact) == (MAX_SEARCH_TOTAL, False)
    one_less = await empty.search(Search(text="ann", size=1, filters=Filters(exclude=(film_id(5),))))
    assert (one_less.total, one_less.total_is_exact) == (MAX_SEARCH_TOTAL, True)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("t", "The Shining"),
        ("shin", "The Shining"),
        ("сия", "Сияние"),
        ("mod", "Modern Times"),
        ("kub", "Stanley Kubrick"),
        ("унес", "Унесённые ветром"),
        ("gone w", "Gone with the Wind"),
        ("com", "Comedy"),
        ("cjkz", "Солярис"),
        ("spdier", "Spider-Man"),
        ("zavodnoi ap", "Заводной апельсин"),
    ],
)
async def test_suggestions(engine: SearchEngine, text: str, first: str) -> None:
    suggested = await engine.suggest(Suggest(text=text))
    assert first in [one.text for one in suggested]
    assert len({(one.kind, one.id) for one in suggested}) == len(suggested) <= 10


@pytest.mark.parametrize("text", ["𐐨", "𐐨𐐩", "𐐨𐐩𐐪", "𐐨𐐩𐐪𐐫", "हि", "หนั"])
async def test_first_letters_of_any_script(empty: SearchEngine, text: str) -> None:
    """Beyond 16 bits, and with marks that stand over others."""
    titles = ["𐐨𐐩𐐪𐐫𐐬 𐐭", "हिन्दी फ़िल्म", "หนังไทย"]
    await empty.write(documents("film", [film(number, title) for number, title in enumerate(titles, 50)]))
    suggested = await empty.suggest(Suggest(text=text))
    assert [one.text for one in suggested] == [title for title in titles if title.startswith(text)]


async def test_a_suggestion_says_what_it_is(engine: SearchEngine) -> None:
    suggested = await engine.suggest(Suggest(text="the shin", size=1))
    assert [(one.kind, one.id, one.text, one.year) for one in suggested] == [("film", film_id(1), "The Shining", 1980)]
    stored = await engine.get("film", suggested[0].id)
    assert stored is not None
    assert msgspec.json.decode(stored.data)["year"] == 1980


async def test_as_many_suggestions_as_asked_for(engine: SearchEngine) -> None:
    assert len(await engine.suggest(Suggest(text="s", size=3))) == 3


async def test_a_cursor_goes_on_where_it_stopped_when_something_better_has_come(alike: SearchEngine) -> None:
    before = await alike.search(Search(text="alike", size=20))
    rest = [item.stored.id for item in (await alike.search(Search(text="alike", size=100))).items][20:]
    newer = [film(number, "Alike", votes=3_000_000, rating=9.0) for number in range(200, 205)]
    await alike.write(documents("film", newer))
    following = await alike.search(Search(text="alike", size=100, after=before.after))
    assert [item.stored.id for item in following.items] == rest
    await alike.write([], [("film", before.items[-1].stored.id)])
    again = await alike.search(Search(text="alike", size=100, after=before.after))
    assert [item.stored.id for item in again.items] == rest


async def test_equal_films_keep_their_order_when_others_are_written(empty: SearchEngine) -> None:
    rows = [film(number, f"Equal {number}") for number in range(40)]
    await empty.write(documents("film", rows))
    before = [item.stored.id for item in (await empty.search(Search(text="equal", size=40))).items]
    await empty.write(documents("film", reversed(rows[::2])))
    assert [item.stored.id for item in (await empty.search(Search(text="equal", size=40))).items] == before


async def test_a_band_counts_what_its_label_filters(empty: SearchEngine) -> None:
    ratings = (7.99, 8.0, 8.5, 8.99, 9.0, 10.0)
    await empty.write(documents("film", [film(n, f"Band {n}", rating=rating) for n, rating in enumerate(ratings)]))
    facets = (await empty.search(Search(text="band", size=1))).facets
    assert facets is not None
    for band in facets.ratings:
        low, high = map(float, band.label.split("–"))
        filters = Filters(rating_from=low, rating_to=high)
        assert (await empty.search(Search(text="band", size=1, filters=filters))).total == band.count
    assert [band.count for band in facets.ratings] == [1, 3, 2]


async def test_films_that_share_one_genre_alone_are_not_alike(empty: SearchEngine) -> None:
    rows = [
        film(1, "One", genres=[DRAMA, COMEDY], directors=[KUBRICK]),
        film(2, "Two", genres=[DRAMA]),
        film(3, "Three", genres=[COMEDY, DRAMA]),
        film(4, "Four", directors=[KUBRICK]),
        film(5, "Five", genres=[DRAMA], year=2000),
    ]
    await empty.write(documents("film", rows))

    async def like(number: int) -> set[int]:
        hits = await empty.similar(film_id(number), 20, 0)
        return {item.id.int & 0xFFFF for item in hits.items} if hits else set()

    assert await like(1) == {3, 4}
    assert await like(2) == {1, 3}
