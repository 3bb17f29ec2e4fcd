"""The search port's promises about writing, building and reading by key. Every engine keeps all of them."""

from contextlib import suppress

import msgspec
import pytest
from msgspec.structs import replace
from search_catalogue import (
    CHAPLIN,
    DRAMA,
    EVERYTHING,
    FILMS,
    HORROR,
    KUBRICK,
    NICHOLSON,
    MakeEngine,
    documents,
    film,
    film_id,
    genre,
    person,
)

from kinoteka.search.documents import digest, make_document
from kinoteka.search.engine import EngineUnavailableError, SearchEngine
from kinoteka.search.query import Filters, Search


async def titles_of(engine: SearchEngine) -> set[str]:
    return {title for number in range(40) if (title := await title_of(engine, number))}


async def title_of(engine: SearchEngine, number: int) -> str | None:
    stored = await engine.get("film", film_id(number))
    return None if stored is None else msgspec.json.decode(stored.data)["title"]


async def test_nothing_is_usable_before_the_first_build(make_engine: MakeEngine) -> None:
    engine = make_engine()
    assert not await engine.open()
    with pytest.raises(EngineUnavailableError):
        await engine.get("film", film_id(1))
    with pytest.raises(EngineUnavailableError):
        await engine.write(EVERYTHING)
    await engine.close()


async def test_a_written_document_is_there_at_once_and_whole(engine: SearchEngine) -> None:
    stored = await engine.get("film", film_id(1))
    assert stored is not None
    assert (stored.kind, stored.id, stored.version, stored.data) == ("film", film_id(1), 1, FILMS[0].body)


async def test_a_document_longer_than_a_word_of_an_index_may_be_and_with_every_letter(engine: SearchEngine) -> None:
    """Lucene's longest word has 32,766 bytes; quotes, backslashes, ~ and ^ are told apart."""
    letters = """~ ^ " \\ ~" ^\\ \n \x01 \u2028 я 𝄞 """
    (told,) = documents("film", [film(40, f"Letters {letters}", description=letters * 2000)])
    (busy,) = documents("person", [person(KUBRICK, f"Name {letters}", [(number, "actor") for number in range(2000)])])
    assert min(len(told.body), len(busy.body)) > 64_000
    await engine.write([told, busy])
    assert [one and one.data for one in (await engine.get("film", told.id), await engine.get("person", busy.id))] == [
        told.body,
        busy.body,
    ]
    assert [one.data for one in await engine.get_many("film", [told.id])] == [told.item]


async def test_an_item_that_leaves_out_what_stands_in_the_middle_of_the_body(engine: SearchEngine) -> None:
    record = film(1, "The Shining", actors=[NICHOLSON, CHAPLIN])
    shown = msgspec.json.decode(record.item)
    item = msgspec.json.encode(shown | {"actors": shown["actors"][:1]})
    await engine.write([make_document("film", replace(record, item=item))])
    stored = await engine.get("film", film_id(1))
    (listed,) = await engine.get_many("film", [film_id(1)])
    assert stored is not None
    assert (stored.data, listed.data) == (record.body, item)


async def test_writing_again_replaces(engine: SearchEngine) -> None:
    await engine.write(documents("film", [film(1, "The Glimmering", version=2)]))
    stored = await engine.get("film", film_id(1))
    assert stored is not None
    assert stored.version == 2
    assert await engine.count("film") == len(FILMS)


async def test_kinds_with_one_id_stay_apart(engine: SearchEngine) -> None:
    await engine.write([*documents("person", [person(film_id(1), "Somebody Else")])])
    assert await engine.get("genre", film_id(1)) is None
    await engine.write([], [("person", film_id(1))])
    assert await title_of(engine, 1) == "The Shining"
    assert await engine.get("person", film_id(1)) is None


async def test_the_last_of_one_batch_wins(engine: SearchEngine) -> None:
    await engine.write(documents("film", [film(1, "First"), film(1, "Second")]))
    assert await title_of(engine, 1) == "Second"
    assert await engine.count("film") == len(FILMS)


async def test_deleting_removes_and_may_be_repeated(engine: SearchEngine) -> None:
    for _ in range(2):
        await engine.write([], [("film", film_id(1)), ("film", film_id(2))])
    assert await engine.count("film") == len(FILMS) - 2
    assert await engine.get("film", film_id(1)) is None
    assert not (await engine.search(Search(text="shining", kinds=("film",), size=5))).items


async def test_counts_by_kind(engine: SearchEngine) -> None:
    assert [await engine.count(kind) for kind in ("film", "person", "genre")] == [len(FILMS), 4, 3]


async def test_get_many_keeps_the_order_asked_and_leaves_out_what_is_not_there(engine: SearchEngine) -> None:
    wanted = [film_id(3), film_id(99), film_id(1), film_id(2)]
    found = await engine.get_many("film", wanted)
    assert [one.id for one in found] == [film_id(3), film_id(1), film_id(2)]
    assert found[0].data == FILMS[2].item


async def test_a_film_by_its_external_id(engine: SearchEngine) -> None:
    by_imdb, by_tmdb = await engine.find_external("imdb", "tt0081505"), await engine.find_external("tmdb", "593")
    assert by_imdb is not None
    assert by_tmdb is not None
    assert (by_imdb.id, by_tmdb.id) == (film_id(1), film_id(3))
    assert by_imdb.data == FILMS[0].body
    assert await engine.find_external("tmdb", "tt0081505") is None


async def test_genres_by_name_however_written(engine: SearchEngine) -> None:
    assert await engine.find_genres(["  DRAMA ", "science  fiction", "Opera"]) == {
        "  DRAMA ": DRAMA,
        "science  fiction": HORROR,
    }


async def test_fingerprints_of_a_kind_by_ascending_id(engine: SearchEngine) -> None:
    found = [fingerprint async for fingerprint in engine.fingerprints("film")]
    assert [one.id for one in found] == sorted(record.id for record in FILMS)
    assert {one.id: one.digest for one in found} == {record.id: digest(record) for record in FILMS}


async def test_fingerprints_are_of_one_moment(engine: SearchEngine) -> None:
    walk = engine.fingerprints("film")
    first = await anext(walk)
    await engine.write(documents("film", [film(20, "Later")]), [("film", film_id(10))])
    assert len([first, *[one async for one in walk]]) == len(FILMS)


async def test_a_digest_changes_with_everything_it_covers() -> None:
    base = film(1, "One")
    assert len({digest(base), digest(film(1, "One", version=2)), digest(film(1, "Two"))}) == 3
    assert digest(base) == digest(film(1, "One"))


async def test_similar_films_share_people_or_genres(engine: SearchEngine) -> None:
    hits = await engine.similar(film_id(1), 10, 0)
    assert hits is not None
    assert hits.items[0].id == film_id(4)
    assert film_id(1) not in [item.id for item in hits.items]
    assert film_id(5) not in [item.id for item in hits.items]
    assert hits.total == len(hits.items)
    later = await engine.similar(film_id(1), 2, 2)
    assert later is not None
    assert [item.id for item in later.items] == [item.id for item in hits.items[2:4]]


async def test_similar_films_share_a_person_whatever_each_did(engine: SearchEngine) -> None:
    hits = await engine.similar(film_id(9), 10, 0)
    assert hits is not None
    assert [item.id for item in hits.items] == [film_id(1), film_id(10)]


async def test_similar_to_a_film_that_is_not_there(engine: SearchEngine) -> None:
    assert await engine.similar(film_id(99), 10, 0) is None


async def test_random_draws_every_film_that_passes_and_no_other(engine: SearchEngine) -> None:
    drawn = set()
    for _ in range(200):
        stored = await engine.random(Filters(person=KUBRICK))
        assert stored is not None
        drawn.add(stored.id)
    assert drawn == {film_id(1), film_id(4)}
    assert await engine.random(Filters(person=CHAPLIN, year_from=2000)) is None


# Builds


async def test_a_build_is_invisible_until_it_is_published(engine: SearchEngine, make_engine: MakeEngine) -> None:
    build = await engine.start_build()
    await build.write(documents("film", [film(30, "From The Build")]))
    assert await title_of(engine, 30) is None
    await build.publish()
    assert await titles_of(engine) == {"From The Build"}
    assert await engine.count("person") == 0
    await engine.close()
    again = make_engine()
    assert await again.open()
    assert await titles_of(again) == {"From The Build"}
    await again.close()


async def test_a_build_takes_deletions(engine: SearchEngine) -> None:
    build = await engine.start_build()
    await build.write(documents("film", [film(30, "Stays"), film(31, "Goes"), film(32, "Old")]))
    await build.write(documents("film", [film(32, "New")]), [("film", film_id(31))])
    await build.publish()
    assert await titles_of(engine) == {"Stays", "New"}


async def test_what_is_new_to_a_build_can_be_replaced_in_it(engine: SearchEngine) -> None:
    build = await engine.start_build()
    await build.write(documents("film", [film(30, "Stays"), film(31, "Old")]), new=True)
    await build.write(documents("film", [film(31, "New")]))
    await build.publish()
    assert await titles_of(engine) == {"Stays", "New"}
    assert await engine.count("film") == 2


async def test_what_is_new_to_a_build_is_there_once_though_a_write_of_it_failed(engine: SearchEngine) -> None:
    build = await engine.start_build()
    good, bad = documents("film", [film(30, "Good"), film(31, "Bad")])
    with suppress(OverflowError, EngineUnavailableError):  # or it is refused
        await build.write([good, replace(bad, year=2**80)], new=True)
    await build.write([good], new=True)
    await build.publish()
    assert await engine.count("film") == 1


async def test_an_abandoned_build_leaves_no_trace(engine: SearchEngine) -> None:
    build = await engine.start_build()
    await build.write(documents("film", [film(30, "Never")]))
    await build.abandon()
    assert await engine.count("film") == len(FILMS)
    await engine.write(documents("film", [film(31, "Afterwards")]))
    assert await title_of(engine, 31) == "Afterwards"


async def test_writes_during_a_build_are_read_at_once_and_go_on_after_it(engine: SearchEngine) -> None:
    build = await engine.start_build()
    changed = documents("film", [film(1, "The Glimmering", version=2)])
    await build.write(documents("film", [FILMS[0], FILMS[1]]))
    await engine.write(changed)
    await build.write(changed)
    assert await title_of(engine, 1) == "The Glimmering"
    await build.publish()
    assert await titles_of(engine) == {"The Glimmering", "Modern Times"}
    await engine.write(documents("film", [film(40 - 1, "After It")]))
    assert await title_of(engine, 39) == "After It"


async def test_a_build_that_nobody_finished_does_no_harm(engine: SearchEngine, make_engine: MakeEngine) -> None:
    unfinished = await engine.start_build()
    await unfinished.write(documents("film", [film(30, "Half")]))
    await engine.close()
    again = make_engine()
    assert await again.open()
    assert await again.count("film") == len(FILMS)
    build = await again.start_build()
    await build.write(documents("genre", [genre(DRAMA)]))
    await build.publish()
    assert (await again.count("film"), await again.count("genre")) == (0, 1)
    await again.close()


async def test_what_was_written_is_there_after_closing_and_opening(
    engine: SearchEngine, make_engine: MakeEngine
) -> None:
    await engine.write(documents("film", [film(30, "Lasting")]), [("film", film_id(1))])
    await engine.close()
    again = make_engine()
    assert await again.open()
    assert await title_of(again, 30) == "Lasting"
    assert await title_of(again, 1) is None
    await again.write(documents("film", [film(31, "And More")]))
    assert await title_of(again, 31) == "And More"
    await again.close()
