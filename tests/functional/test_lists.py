"""Filters, sorting and paging of lists."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest
from applications import Own, application
from checked_api import Api
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import msgpack
from small_catalogue import FILMS, GENRES, OUTSIDERS, STALKER, Film, id_of, people
from walking import ids, links, walk_cursors, walk_links

SORTS = ["rating", "year", "minutes", "title", "votes", "weighted_rating", "created_at"]
EVERYWHERE = id_of("person", "Everywhere Actor")


def expected_ids(passes: Callable[[Film], bool]) -> set[str]:
    return {str(one.id) for one in FILMS if passes(one)}


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{key}" for key in SORTS)])
async def test_every_order_is_whole_and_right_with_nothing_twice(api: Api, sort: str) -> None:
    items = await walk_links(api, f"/films?sort={sort}&page_size=20")
    assert sorted(ids(items)) == sorted(expected_ids(lambda _: True))
    key = sort.removeprefix("-")
    values = [item[key] for item in items]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known)), "what has no value comes last either way"
    if key != "title":
        assert known == sorted(known, reverse=sort.startswith("-"))
        runs = [(item[key], item["id"]) for item in items]
        assert all(one[1] < two[1] for one, two in pairwise(runs) if one[0] == two[0])
    else:
        reels = [title for title in known if title.startswith("Reel")]
        assert reels == sorted(reels, reverse=sort.startswith("-"))


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{key}" for key in SORTS)])
async def test_cursors_walk_the_same_way_as_pages(api: Api, sort: str) -> None:
    path = f"/films?sort={sort}&page_size=20"
    assert ids(await walk_cursors(api, path)) == ids(await walk_links(api, path))


FILTERS: list[tuple[str, Callable[[Film], bool]]] = [
    ("genre=Comedy", lambda f: "Comedy" in f.genres),
    ("genre=comedy&genre=УЖАСЫ", lambda f: bool({"Comedy", "Ужасы"} & set(f.genres))),
    (f"genre={id_of('genre', 'Drama')}&genre=Comedy", lambda f: bool({"Comedy", "Drama"} & set(f.genres))),
    ("genre=R%26B%20/%20%3CMusical%3E", lambda f: "R&B / <Musical>" in f.genres),
    ("rating_from=7", lambda f: f.rating is not None and f.rating >= 7),
    ("rating_to=6.5", lambda f: f.rating is not None and f.rating <= 6.5),
    ("rating_from=6.5&rating_to=7.25", lambda f: f.rating is not None and 6.5 <= f.rating <= 7.25),
    ("year_from=1979&year_to=1979", lambda f: f.year == 1979),
    ("year_to=1951", lambda f: f.year <= 1951),
    ("minutes_from=120", lambda f: f.minutes is not None and f.minutes >= 120),
    ("minutes_to=84", lambda f: f.minutes is not None and f.minutes <= 84),
    (f"person={EVERYWHERE}", lambda f: any(name == "Everywhere Actor" for _, _, name, _ in people(f))),
    (f"person={EVERYWHERE}&role=director", lambda f: False),
    (f"person={id_of('person', 'Director 3')}&role=director", lambda f: "Director 3" in f.directors),
    ("title_prefix=solar", lambda f: f.title == "Solaris"),
    ("title_prefix=СТАЛК", lambda f: f is STALKER),
    (
        "genre=Drama&year_from=1960&minutes_to=90",
        lambda f: "Drama" in f.genres and f.year >= 1960 and (f.minutes or 999) <= 90,
    ),
]


@pytest.mark.parametrize(("query", "passes"), FILTERS, ids=[query for query, _ in FILTERS])
async def test_every_filter_lets_through_what_it_says(api: Api, query: str, passes: Callable[[Film], bool]) -> None:
    page = (await api.get(f"/films?{query}&page_size=100")).json()
    items = await walk_links(api, f"/films?{query}&page_size=100")
    assert set(ids(items)) == expected_ids(passes)
    assert page["total"] == len(items)


async def test_defaults(api: Api) -> None:
    page = (await api.get("/films")).json()
    assert (page["page"], page["page_size"], page["total"], len(page["items"])) == (1, 50, len(FILMS), 50)
    assert page["items"][0]["title"] == "Stalker", "the most voted first"
    assert "description" not in page["items"][0]
    assert len(max((item["actors"] for item in page["items"]), key=len)) == 5


async def test_links_keep_the_other_parameters(api: Api) -> None:
    response = await api.get("/films?genre=Drama&genre=Comedy&page_size=20&sort=-year&page=2")
    found = links(response)
    assert set(found) == {"first", "prev", "next", "last"}
    for target in found.values():
        assert target.startswith("/api/v1/films?")
        assert all(part in target for part in ("genre=comedy", "genre=drama", "page_size=20", "sort=-year"))
    last = await api.get(found["last"])
    assert set(links(last)) == {"first", "prev", "last"}
    assert last.json()["cursor"] is None
    assert last.json()["items"]


async def test_following_prev_comes_back(api: Api) -> None:
    first = await api.get("/films?page_size=20")
    second = await api.get(links(first)["next"])
    assert (await api.get(links(second)["prev"])).json() == first.json()


async def test_a_page_past_the_end_is_empty(api: Api) -> None:
    response = await api.get("/films?page=400")
    page = response.json()
    assert (page["items"], page["total"], page["cursor"]) == ([], len(FILMS), None)
    assert links(response)["prev"] == links(response)["last"]


@pytest.mark.parametrize(
    ("size", "status"), [(20, 200), (50, 200), (100, 200), (10, 422), (99, 422), (0, 422), (-1, 422)]
)
async def test_film_pages_have_three_sizes(api: Api, size: int, status: int) -> None:
    response = await api.get(f"/films?page_size={size}", status)
    if status == 422:
        assert response.json()["errors"][0]["parameter"] == "page_size"
        assert "20, 50 or 100" in response.json()["errors"][0]["detail"]


async def test_other_pages_take_1_to_100(api: Api) -> None:
    assert len((await api.get("/persons?page_size=1")).json()["items"]) == 1
    assert (await api.get("/persons?page_size=100")).json()["page_size"] == 100
    for size in (0, 101):
        await api.problem(f"/persons?page_size={size}", "page_size")


async def test_deep_pages_point_at_the_cursor(api: Api) -> None:
    await api.get("/films?page=1000&page_size=50")
    problem = await api.problem("/films?page=1001&page_size=50", "page")
    assert "cursor" in problem["errors"][0]["detail"]
    await api.problem("/films?page=501&page_size=100", "page")
    await api.get("/films?page=2500&page_size=20")


async def test_a_cursor_belongs_to_its_filters_and_order(api: Api) -> None:
    cursor = (await api.get("/films?page_size=20&sort=year")).json()["cursor"]
    assert (await api.get(f"/films?page_size=50&sort=year&cursor={cursor}")).json()["page_size"] == 50
    for query in ("sort=-year", "sort=year&year_from=1990", "sort=year&genre=Drama"):
        await api.problem(f"/films?{query}&cursor={cursor}", "cursor")
    await api.problem(f"/persons?cursor={cursor}", "cursor")
    await api.problem(f"/films?sort=year&cursor={cursor}&page=2", "cursor")


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_cursor_made_by_hand_breaks_anything(api: Api, data: st.DataObject) -> None:
    cursor = (await api.get("/films?page_size=20")).json()["cursor"]
    place = data.draw(st.integers(0, len(cursor) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_=.%C3"))
    response = await api.send(
        "GET", "/films", params={"page_size": 20, "cursor": cursor[:place] + letter + cursor[place + 1 :]}
    )
    assert response.status_code in (200, 422)


async def test_ids_keep_their_order(api: Api) -> None:
    wanted = [OUTSIDERS[3].id, STALKER.id, OUTSIDERS[1].id]
    unknown = id_of("film", "nobody made this")
    page = (await api.get(f"/films?ids={wanted[0]},{unknown},{wanted[1]},{wanted[2]},{wanted[1]}")).json()
    assert ids(page["items"]) == [str(one) for one in wanted]
    assert (page["total"], page["cursor"]) == (3, None)


async def test_ids_go_with_nothing_else(api: Api) -> None:
    await api.problem(f"/films?ids={STALKER.id}&genre=Drama&sort=year", "genre", "sort")
    await api.problem(f"/films?ids={STALKER.id}&page=2", "page")
    hundred = ",".join(str(one.id) for one in FILMS[:100])
    assert (await api.get(f"/films?ids={hundred}")).json()["total"] == 100
    await api.problem(f"/films?ids={hundred},{FILMS[100].id}", "ids")
    await api.problem(f"/films?ids={hundred},{FILMS[0].id}", "ids")
    await api.problem(f"/films?ids={STALKER.id},,", "ids")


async def test_top_says_how_it_ranks(api: Api) -> None:
    page = (await api.get("/films/top?page_size=100")).json()
    assert "m" in page["formula"]
    for item in page["items"]:
        if item["rating"] is not None:
            mine = (page["m"] * page["c"] + item["rating"] * item["votes"]) / (page["m"] + item["votes"])
            assert item["weighted_rating"] == pytest.approx(mine, abs=0.0006)
    ranked = [item["weighted_rating"] for item in page["items"] if item["rating"] is not None]
    assert ranked == sorted(ranked, reverse=True)
    assert {g["name"] for i in (await api.get("/films/top?genre=Ужасы")).json()["items"] for g in i["genres"]} >= {
        "Ужасы"
    }


async def test_persons_by_name_and_role(api: Api) -> None:
    found = (await api.get("/persons?q=tarkov")).json()["items"]
    assert [person["name"] for person in found] == ["Andrei Tarkovsky"]
    directors = await walk_links(api, "/persons?role=director&sort=name&page_size=7")
    names = {name for one in FILMS for name in one.directors}
    assert {person["name"] for person in directors} == names
    assert ids(directors) == ids(await walk_cursors(api, "/persons?role=director&sort=name&page_size=7"))
    counts = [person["film_count"] for person in await walk_links(api, "/persons?page_size=10")]
    assert counts == sorted(counts, reverse=True)


async def test_films_of_a_person(api: Api) -> None:
    tarkovsky = id_of("person", "Andrei Tarkovsky")
    assert [f["year"] for f in (await api.get(f"/persons/{tarkovsky}/films")).json()["items"]] == [1979, 1972]
    assert (await api.get(f"/persons/{tarkovsky}/films?role=actor")).json()["total"] == 0
    assert len(await walk_links(api, f"/persons/{EVERYWHERE}/films?page_size=20")) == 130
    await api.get(f"/persons/{id_of('person', 'Nobody')}/films", 404)


async def test_genres_with_counts(api: Api) -> None:
    page = (await api.get("/genres")).json()
    assert {genre["name"] for genre in page["items"]} == set(GENRES)
    for genre in page["items"]:
        films: Any = await walk_links(api, f"/genres/{genre['id']}/films?page_size=100")
        assert len(films) == genre["film_count"] == sum(genre["name"] in one.genres for one in FILMS)
    await api.get(f"/genres/{id_of('genre', 'None such')}/films", 404)


async def test_similar_films(api: Api) -> None:
    page = (await api.get(f"/films/{STALKER.id}/similar")).json()
    assert page["items"]
    assert str(STALKER.id) not in ids(page["items"])
    assert len(set(ids(page["items"]))) == len(page["items"])
    await api.get(f"/films/{id_of('film', 'nothing')}/similar", 404)
    await api.problem(f"/films/{STALKER.id}/similar?page_size=7", "page_size")


async def test_random_draws_among_those_that_pass(api: Api) -> None:
    drawn = {(await api.get("/films/random?title_prefix=solaris")).json()["id"] for _ in range(40)}
    assert drawn == {str(one.id) for one in FILMS if one.title == "Solaris"}
    response = await api.get("/films/random")
    assert response.headers["cache-control"] == "no-store"
    await api.get("/films/random?year_from=2190", 404)


async def test_ids_with_blanks_and_wrong_ones_named(api: Api) -> None:
    one, other = STALKER.id, OUTSIDERS[1].id
    page = (await api.get("/films", params={"ids": f"{one}, {other}", "page": 1, "page_size": 50})).json()
    assert ids(page["items"]) == [str(one), str(other)]
    problem = await api.problem(f"/films?ids={one},x,y", "ids")
    assert [("«x»" in fault["detail"], "«y»" in fault["detail"]) for fault in problem["errors"]] == [
        (True, False),
        (False, True),
    ]


async def test_a_genre_id_that_no_genre_has_finds_nothing(api: Api) -> None:
    assert (await api.get(f"/films?genre={id_of('genre', 'None such')}")).json()["total"] == 0


async def test_genres_nobody_knows_are_named(api: Api) -> None:
    problem = await api.problem("/films?genre=Comdy&genre=Drama&genre=Nope", "genre")
    assert sorted(fault["code"] for fault in problem["errors"]) == ["unknown_genre", "unknown_genre"]


FORGED: list[list[object]] = [
    [10**12],
    [-1],
    ["a"],
    [None],
    [],
    [1.5],
    [2**63, "", "x"],
    [0, None, None],
    [2**64 - 1, "", ""],
    [2**64 - 1, "", str(STALKER.id)],
    [-1, "", str(STALKER.id)],
    [1, float("nan"), str(STALKER.id)],
    [10**12, 1.5, str(STALKER.id)],
    [3, -1e300, str(STALKER.id)],
    [3, 7, str(STALKER.id)],
]


@pytest.mark.parametrize(
    "path", ["/films?sort=title", "/films", "/persons?page_size=5", "/genres?page_size=2", "/search?q=reel"]
)
@pytest.mark.parametrize("values", FORGED, ids=str)
async def test_a_forged_position_is_refused(api: Api, path: str, values: list[object]) -> None:
    """With the right digest: that one is no secret."""
    cursor = (await api.get(path)).json()["cursor"]
    digest, _ = msgpack.decode(urlsafe_b64decode(cursor + "=="))
    forged = urlsafe_b64encode(msgpack.encode([digest, values])).decode().rstrip("=")
    response = await api.send("GET", f"{path}{'&' if '?' in path else '?'}cursor={forged}")
    assert response.status_code in (200, 422)
    assert response.status_code == 200 or response.json()["errors"][0]["parameter"] == "cursor"


async def test_a_fault_of_the_engine_on_a_later_page_is_no_fault_of_the_cursor(own: Own) -> None:
    """It must be seen and logged, not put down to the client."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(own.services.engine, name)

        async def page(self, _listing: Any) -> Any:
            raise LookupError("a fault of the engine")

        search = page

    paths = ["/persons?page_size=1", "/search?q=solaris&page_size=1"]
    cursors = [(await own.api.get(path)).json()["cursor"] for path in paths]
    async with application(replace(own.services, engine=cast("Any", Broken()))) as broken:
        for path, cursor in zip(paths, cursors, strict=True):
            await broken.api.get(f"{path}&cursor={cursor}", 500)
