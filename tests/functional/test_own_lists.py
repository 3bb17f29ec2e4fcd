"""Favourites and wishlists; and that one's own films are filtered and sorted as `/films` filters and sorts."""

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from applications import Own
from checked_api import Api
from hypothesis import given, settings
from hypothesis import strategies as st
from people import Person, execute, new_person
from small_catalogue import FILMS, GENRES, OUTSIDERS, STALKER, id_of
from sqlalchemy import text

SORTS = ["rating", "year", "minutes", "title", "votes", "weighted_rating", "created_at"]
LISTS = ["favourites", "wishlist"]


@pytest.fixture
async def viewer(own: Own) -> Person:
    return await new_person(own.services)


@pytest.fixture(scope="session")
async def collector(shared: Own) -> Person:
    """Has every film among the favourites, and wishes for none."""
    somebody = await new_person(shared.services)
    async with shared.services.database.transaction() as connection:
        await connection.execute(
            text(
                "INSERT INTO list_entry (account_id, list, film_id, added_at) SELECT :id, 'favourites', film.id, "
                "now() - make_interval(mins => (row_number() OVER (ORDER BY film.id) / 3)::integer) FROM film"
            ),
            {"id": somebody.id},
        )
    return somebody


async def page(api: Api, path: str, who: Person, **parameters: Any) -> dict[str, Any]:
    query = urlencode({name: value for name, value in parameters.items() if value is not None}, doseq=True)
    found: dict[str, Any] = (await api.get(f"{path}?{query}", headers=who.headers)).json()
    return found


def films_of(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [item.get("film", item) for item in found["items"]]


@pytest.mark.parametrize("name", LISTS)
async def test_a_film_comes_into_a_list_and_goes(own: Own, viewer: Person, name: str) -> None:
    path, other = f"/me/{name}/{STALKER.id}", f"/me/{LISTS[name == LISTS[0]]}"
    await own.api.get(path, 404, headers=viewer.headers)
    added = await own.api.send("PUT", path, 201, headers=viewer.headers)
    assert added.headers["location"] == f"/api/v1{path}"
    assert added.headers["cache-control"] == "private, no-store"
    again = await own.api.send("PUT", path, 200, headers=viewer.headers)
    assert again.json() == added.json() == (await own.api.get(path, headers=viewer.headers)).json()
    listed = await page(own.api, f"/me/{name}", viewer)
    film = (await own.api.get("/films?ids=" + str(STALKER.id))).json()["items"][0]
    assert listed["items"] == [{"film": film, **added.json()}]
    assert (await page(own.api, other, viewer))["total"] == 0
    for _ in range(2):
        await own.api.send("DELETE", path, 204, headers=viewer.headers)
    assert (await page(own.api, f"/me/{name}", viewer))["items"] == []


async def test_the_two_lists_know_nothing_of_each_other(own: Own, viewer: Person) -> None:
    for name in LISTS:
        await own.api.send("PUT", f"/me/{name}/{STALKER.id}", 201, headers=viewer.headers)
    await own.api.send("DELETE", f"/me/favourites/{STALKER.id}", 204, headers=viewer.headers)
    assert (await page(own.api, "/me/wishlist", viewer))["total"] == 1


async def test_nobody_sees_the_list_of_another(own: Own, viewer: Person) -> None:
    await own.api.send("PUT", f"/me/favourites/{STALKER.id}", 201, headers=viewer.headers)
    stranger = await new_person(own.services)
    assert (await page(own.api, "/me/favourites", stranger))["total"] == 0
    await own.api.get("/me/favourites", 401)


async def test_films_that_are_not_there(own: Own, viewer: Person) -> None:
    for name in LISTS:
        for method in ("PUT", "DELETE", "GET"):
            await own.api.send(method, f"/me/{name}/{uuid4()}", 404, headers=viewer.headers)
    await own.api.get(f"/me/films/{uuid4()}", 404, headers=viewer.headers)


async def test_the_state_of_a_film(own: Own, viewer: Person) -> None:
    path, headers = f"/me/films/{STALKER.id}", viewer.headers
    assert (await own.api.get(path, headers=headers)).json() == {"favourite": False, "wishlist": False, "score": None}
    await own.api.send("PUT", f"/me/wishlist/{STALKER.id}", 201, headers=headers)
    await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 201, json={"score": 7.5}, headers=headers)
    state = await own.api.get(path, headers=headers)
    assert state.json() == {"favourite": False, "wishlist": True, "score": 7.5}
    assert state.headers["cache-control"] == "private, no-store"


async def test_deleted_films_leave_quietly_and_come_back(own: Own, viewer: Person) -> None:
    for film in OUTSIDERS[:3]:
        await own.api.send("PUT", f"/me/favourites/{film.id}", 201, headers=viewer.headers)
        await own.api.send("PUT", f"/me/ratings/{film.id}", 201, json={"score": 4}, headers=viewer.headers)
    await execute(own.services, "UPDATE film SET deleted_at = now() WHERE id = :id", id=STALKER.id)
    for name in ("favourites", "ratings"):
        listed = await page(own.api, f"/me/{name}", viewer)
        assert listed["total"] == len(listed["items"]) == 2
        await own.api.get(f"/me/{name}/{STALKER.id}", 404, headers=viewer.headers)
    await own.api.send("PUT", f"/me/favourites/{STALKER.id}", 404, headers=viewer.headers)
    await execute(own.services, "UPDATE film SET deleted_at = NULL WHERE id = :id", id=STALKER.id)
    for name in ("favourites", "ratings"):
        assert (await page(own.api, f"/me/{name}", viewer))["total"] == 3


async def test_a_purge_takes_entries_and_scores_along(own: Own, viewer: Person) -> None:
    await own.api.send("PUT", f"/me/favourites/{STALKER.id}", 201, headers=viewer.headers)
    await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 201, json={"score": 4}, headers=viewer.headers)
    await execute(own.services, "DELETE FROM film WHERE id = :id", id=STALKER.id)
    async with own.services.database.transaction() as connection:
        for table in ("list_entry", "rating", "rating_total"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0


@pytest.mark.parametrize("sort", [sign + key for key in SORTS for sign in ("", "-")])
async def test_favourites_are_sorted_as_films_are(shared: Own, collector: Person, sort: str) -> None:
    """By pages and by cursors."""
    wanted = [film["id"] for number in (1, 2) for film in await _films(shared.api, sort=sort, page=number)]
    assert len(wanted) == len(FILMS)
    by_page = [await page(shared.api, "/me/favourites", collector, sort=sort, page_size=50, page=n) for n in (1, 2, 3)]
    assert [film["id"] for one in by_page for film in films_of(one)] == wanted
    walked: list[str] = []
    cursor = None
    while True:
        found = await page(shared.api, "/me/favourites", collector, sort=sort, page_size=20, cursor=cursor)
        walked += [film["id"] for film in films_of(found)]
        cursor = found["cursor"]
        if cursor is None:
            break
    assert walked == wanted


async def _films(api: Api, **parameters: Any) -> list[dict[str, Any]]:
    found = (await api.get("/films?" + urlencode({"page_size": 100, **parameters}, doseq=True))).json()
    return films_of(found)


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "genre": st.lists(st.sampled_from(GENRES), min_size=1, max_size=2, unique=True),
        "rating_from": st.sampled_from([1, 3, 6.5, 7.25, 8.1]),
        "rating_to": st.sampled_from([8.1, 8.5, 10]),
        "year_from": st.integers(1950, 1980),
        "year_to": st.integers(1980, 2010),
        "minutes_from": st.sampled_from([80, 90, 91]),
        "minutes_to": st.sampled_from([120, 199, 200]),
        "person": st.sampled_from([id_of("person", name) for name in ("Everywhere Actor", "Director 3", "Nobody")]),
        "title_prefix": st.sampled_from(["reel 0", "СОЛ", "re", "tini", "тіні", "tom & jer", "томджер", "x-ray", "s"]),
    },
)


@settings(max_examples=60)
@given(filters=FILTERS, sort=st.sampled_from([*SORTS, "-rating", "-title", "-votes"]))
async def test_favourites_are_filtered_as_films_are(
    shared: Own, collector: Person, filters: dict[str, Any], sort: str
) -> None:
    wanted = (
        await shared.api.get("/films?" + urlencode({"page_size": 100, "sort": sort, **filters}, doseq=True))
    ).json()
    found = await page(shared.api, "/me/favourites", collector, page_size=100, sort=sort, **filters)
    assert found["total"] == wanted["total"]
    assert films_of(found) == wanted["items"]


@pytest.mark.parametrize("role", ["director", "actor"])
async def test_the_role_narrows_the_person(shared: Own, collector: Person, role: str) -> None:
    parameters = {"person": str(id_of("person", "Everywhere Actor")), "role": role}
    found = await page(shared.api, "/me/favourites", collector, **parameters)
    assert found["total"] == (130 if role == "actor" else 0)


async def test_the_newest_come_first_and_pages_are_linked(shared: Own, collector: Person) -> None:
    first = await page(shared.api, "/me/favourites", collector, page_size=20)
    added = [item["added_at"] for item in first["items"]]
    assert added == sorted(added, reverse=True)
    oldest = await page(shared.api, "/me/favourites", collector, page_size=20, sort="added_at")
    assert oldest["items"][0]["added_at"] < added[-1]
    response = await shared.api.get("/me/favourites?page_size=20&page=2", headers=collector.headers)
    assert 'rel="next"' in response.headers["link"]
    assert 'rel="prev"' in response.headers["link"]


async def test_wrong_parameters_are_refused(shared: Own, collector: Person) -> None:
    headers = collector.headers
    await shared.api.problem(
        "/me/favourites?sort=score&page_size=7&colour=red", "sort", "page_size", "colour", headers=headers
    )
    await shared.api.problem("/me/ratings?sort=added_at", "sort", headers=headers)
    await shared.api.problem("/me/wishlist?genre=Telenovela", "genre", headers=headers)
    first = await page(shared.api, "/me/favourites", collector, page_size=20)
    for query in (f"cursor={first['cursor']}&sort=year", "cursor=AAAA", f"cursor={first['cursor']}&year_from=1990"):
        await shared.api.problem(f"/me/favourites?{query}", "cursor", headers=headers)


async def test_own_ratings_are_sorted_by_score(own: Own, viewer: Person) -> None:
    scores = dict(zip([film.id for film in OUTSIDERS], [3, 10, 10, 1.5, 7, 9.5], strict=True))
    for film, score in scores.items():
        await own.api.send("PUT", f"/me/ratings/{film}", 201, json={"score": score}, headers=viewer.headers)
    best = await page(own.api, "/me/ratings", viewer, sort="-score")
    assert [item["score"] for item in best["items"]] == sorted(scores.values(), reverse=True)
    assert {item["film"]["id"]: item["score"] for item in best["items"]} == {str(f): s for f, s in scores.items()}
    newest = await page(own.api, "/me/ratings", viewer)
    assert [item["film"]["id"] for item in newest["items"]] == [str(film) for film in reversed(scores)]
    unrated = next(item["film"] for item in best["items"] if item["score"] == 1.5)
    assert (unrated["rating"], unrated["votes"]) == (1.5, 1)
    narrowed = await page(own.api, "/me/ratings", viewer, rating_to=2, sort="rating")
    assert [item["score"] for item in narrowed["items"]] == [1.5]


async def test_adding_the_same_film_at_once_is_new_once(own: Own, viewer: Person) -> None:
    path = f"/me/favourites/{STALKER.id}"
    answers = await asyncio.gather(*(own.api.send("PUT", path, headers=viewer.headers) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
