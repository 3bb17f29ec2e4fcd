"""The search port's promises about lists: filters, sorting, paging, cursors."""

import random
from typing import Any
from uuid import UUID

import msgspec
import pytest
from search_catalogue import (
    CHAPLIN,
    COMEDY,
    DRAMA,
    FILMS,
    HORROR,
    KUBRICK,
    NICHOLSON,
    TARKOVSKY,
    documents,
    film,
    film_id,
    person,
)

from kinoteka.catalogue.documents import Kind
from kinoteka.search.analysis.words import split_words
from kinoteka.search.engine import SearchEngine
from kinoteka.search.query import Filters, Listing, Position, Sort, SortKey

BY_TITLE = Sort("title")


async def numbers(engine: SearchEngine, filters: Filters) -> list[int]:
    hits = await engine.page(Listing(kind="film", sort=Sort("year"), filters=filters, size=100))
    assert hits.total == len(hits.items)
    return sorted(item.id.int & 0xFFFF for item in hits.items)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (Filters(genres=(COMEDY,)), [2, 5]),
        (Filters(genres=(COMEDY, HORROR)), [1, 2, 3, 4, 5, 7]),
        (Filters(genres=(UUID(int=5),)), []),
        (Filters(rating_from=8.4), [1, 2]),
        (Filters(rating_to=7.4), [6, 7]),
        (Filters(rating_from=8.2, rating_to=8.4), [1, 4, 8]),
        (Filters(year_from=1979), [1, 6, 7]),
        (Filters(year_to=1936), [2, 5]),
        (Filters(year_from=1936, year_to=1939), [2, 8]),
        (Filters(minutes_from=146), [1, 3, 8]),
        (Filters(minutes_to=88), [2, 9, 10]),
        (Filters(person=KUBRICK), [1, 4]),
        (Filters(person=KUBRICK, role="writer"), [1]),
        (Filters(person=NICHOLSON, role="director"), []),
        (Filters(person=NICHOLSON), [1, 9]),
        (Filters(person=NICHOLSON, role="writer"), [9]),
        (Filters(title_prefix="the sh"), [1]),
        (Filters(title_prefix="СИЯ"), [1]),
        (Filters(title_prefix="унесен"), [8]),
        (Filters(title_prefix="gone with"), [8]),
        (Filters(title_prefix="wind"), []),
        (Filters(title_prefix="spiderm"), [7]),
        (Filters(title_prefix="spidermo"), []),
        (Filters(title_prefix="ballad"), [9, 10]),
        (Filters(exclude=(film_id(1), film_id(2))), [3, 4, 5, 6, 7, 8, 9, 10]),
        (Filters(genres=(DRAMA,), year_from=1970, rating_from=8.0, minutes_to=160, person=KUBRICK), [1]),
        (Filters(genres=(DRAMA,), exclude=(film_id(1),), person=KUBRICK), []),
    ],
    ids=str,
)
async def test_filters(engine: SearchEngine, filters: Filters, expected: list[int]) -> None:
    assert await numbers(engine, filters) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kub", {KUBRICK}),
        ("stan kub", {KUBRICK}),
        ("kub stan", {KUBRICK}),
        ("CH", {CHAPLIN}),
        ("тарковский андрей", {TARKOVSKY}),
        ("тарковський", {TARKOVSKY}),
        ("nicholsonjack", set()),
        ("Андрей Тарковский", {TARKOVSKY}),
        ("jacknicholson", {NICHOLSON}),
        ("ubrick", set()),
    ],
)
async def test_persons_by_name(engine: SearchEngine, name: str, expected: set[UUID]) -> None:
    hits = await engine.page(Listing(kind="person", sort=Sort("name"), filters=Filters(name=name), size=20))
    assert {item.id for item in hits.items} == expected


async def test_persons_by_role_alone(engine: SearchEngine) -> None:
    hits = await engine.page(Listing(kind="person", sort=Sort("name"), filters=Filters(role="director"), size=20))
    assert [item.id for item in hits.items] == [TARKOVSKY, CHAPLIN, KUBRICK]


async def test_lists_carry_items(engine: SearchEngine) -> None:
    hits = await engine.page(Listing(kind="film", sort=BY_TITLE, filters=Filters(title_prefix="solaris"), size=20))
    assert hits.items[0].data == FILMS[2].item


async def test_persons_and_genres_by_number_of_films(engine: SearchEngine) -> None:
    persons = await engine.page(Listing(kind="person", sort=Sort("film_count", descending=True), size=20))
    genres = await engine.page(Listing(kind="genre", sort=Sort("film_count", descending=True), size=20))
    assert persons.items[0].id == KUBRICK
    assert [item.id for item in genres.items] == [DRAMA, HORROR, COMEDY]


def many_films() -> list[Any]:
    """With ties in everything, unrated ones, and titles that are equal for longer than an engine's sort key."""
    drawn = random.Random(5)
    openings = (
        "The Adventures of a Man who",
        "The Adventures of",
        "Ёлки",
        "Елена",
        "12",
        "2001: A",
        "Ночь",
        "жизнь",
        "Zorro",
        "東京",
    )
    films = []
    for number in range(300):
        rated = drawn.random() < 0.8
        rating = drawn.choice((6.5, 7.0, 7.01, 10.0)) if rated else None
        films.append(
            film(
                number,
                f"{drawn.choice(openings)} {drawn.choice('AБcд')} {drawn.randrange(4)}",
                year=drawn.randrange(1990, 1995),
                minutes=drawn.choice((None, 90, 91, 70000)),
                rating=rating,
                weighted_rating=rating,
                votes=drawn.choice((1, 2, 3_000_000)) if rated else 0,
                created_at=f"2026-01-01T00:00:00.00000{drawn.randrange(4)}Z",
            )
        )
    return films


KEYS: tuple[SortKey, ...] = ("rating", "year", "minutes", "title", "votes", "weighted_rating", "created_at")


@pytest.fixture
async def many(empty: SearchEngine) -> SearchEngine:
    await empty.write(documents("film", many_films()))
    return empty


def in_order(key: SortKey, descending: bool) -> list[UUID]:
    """Worked out in Python from what the API shows."""

    def value(row: dict[str, Any]) -> Any:
        return " ".join(split_words(row["title"])) if key == "title" else row[key]

    rows = sorted((msgspec.json.decode(record.item) for record in many_films()), key=lambda row: row["id"])
    valued = sorted((row for row in rows if value(row) is not None), key=value, reverse=descending)
    return [UUID(row["id"]) for row in [*valued, *(row for row in rows if value(row) is None)]]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", KEYS)
async def test_pages_and_cursors_walk_in_the_true_order(many: SearchEngine, key: SortKey, descending: bool) -> None:
    sort, size = Sort(key, descending), 37
    expected = in_order(key, descending)
    assert await leaf(many, "film", sort, size) == expected
    assert await walk(many, "film", sort, size) == expected


async def leaf(engine: SearchEngine, kind: Kind, sort: Sort, size: int) -> list[UUID]:
    """Page by page, each by its offset."""
    pages = [await engine.page(Listing(kind=kind, sort=sort, size=size, offset=at)) for at in range(0, 300, size)]
    return [item.id for page in pages for item in page.items]


async def walk(engine: SearchEngine, kind: Kind, sort: Sort, size: int) -> list[UUID]:
    found: list[UUID] = []
    after: Position | None = None
    while True:
        hits = await engine.page(Listing(kind=kind, sort=sort, size=size, after=after))
        assert hits.total == 300
        found += [item.id for item in hits.items]
        if hits.after is None:
            return found
        after = hits.after


async def test_a_cursor_survives_its_documents_deletion(many: SearchEngine) -> None:
    sort = Sort("title")
    hits = await many.page(Listing(kind="film", sort=sort, size=50))
    await many.write([], [("film", item.id) for item in hits.items])
    following = await many.page(Listing(kind="film", sort=sort, size=50, after=hits.after))
    assert [item.id for item in following.items] == in_order("title", False)[50:100]


async def test_a_page_past_the_end_is_empty(many: SearchEngine) -> None:
    hits = await many.page(Listing(kind="film", sort=Sort("year"), size=20, offset=300))
    assert (hits.items, hits.total, hits.after) == ([], 300, None)


async def test_the_last_page_has_no_cursor(many: SearchEngine) -> None:
    assert (await many.page(Listing(kind="film", sort=Sort("year"), size=20, offset=280))).after is None
    assert (await many.page(Listing(kind="film", sort=Sort("year"), size=20, offset=279))).after is not None


async def test_names_by_the_alphabet(empty: SearchEngine) -> None:
    names = ["Ann", "Anna", "ann lee", "Ánn Léa", "Борис", "Яна", "Zoë", "Ann-Marie"]
    people = [person(UUID(int=number + 1), name) for number, name in enumerate(names)]
    await empty.write(documents("person", people))
    hits = await empty.page(Listing(kind="person", sort=Sort("name"), size=20))
    assert [msgspec.json.decode(item.data)["name"] for item in hits.items] == [
        "Ann", "Ánn Léa", "ann lee", "Ann-Marie", "Anna", "Zoë", "Борис", "Яна",
    ]  # fmt: skip
