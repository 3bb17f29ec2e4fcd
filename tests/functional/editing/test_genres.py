"""Genres: made, renamed, deleted, restored."""

import asyncio

from editing_steps import Desk, faults, film_path, new_film
from people import scalar
from small_catalogue import STALKER, id_of

DRAMA = f"/genres/{id_of('genre', 'Drama')}"


async def test_a_genre_is_there_at_once(desk: Desk) -> None:
    answer = await desk.post("/genres", {"name": " Space  Opera"})
    genre = answer.json()
    assert answer.headers["location"] == f"/api/v1/genres/{genre['id']}"
    assert genre == {"id": genre["id"], "name": "Space Opera", "film_count": 0}
    assert (await desk.get(f"/genres/{genre['id']}")).headers["etag"] == answer.headers["etag"]
    film = await desk.make(genres=["space opera"])
    assert film["genres"] == [{"id": genre["id"], "name": "Space Opera"}]


async def test_a_name_is_taken_however_it_is_written(desk: Desk) -> None:
    for name in ("DRAMA", " ｄｒａｍａ ", "Dra\u00adma"):
        refused = await desk.post("/genres", {"name": name}, 409)
        assert refused.json()["errors"][0]["link"] == f"/api/v1{DRAMA}"
    assert faults(await desk.post("/genres", {"name": "\u2800", "x": 1}, 422)) == {"/name": "blank", "/x": "unknown"}


async def test_of_many_at_once_one_is_made(desk: Desk) -> None:
    names = ["Noir", "NOIR", " noir", "ＮＯＩＲ"] * 5
    answers = await asyncio.gather(*(desk.post("/genres", {"name": name}, None) for name in names))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
    assert await scalar(desk.own.services, "SELECT count(*) FROM genre WHERE name_key = 'noir'") == 1


async def test_a_new_name_shows_in_films_at_once(desk: Desk) -> None:
    answer = await desk.patch(DRAMA, {"name": "Драма"})
    assert (await desk.get(DRAMA)).headers["etag"] == answer.headers["etag"]
    assert "Драма" in [one["name"] for one in (await desk.read(film_path(STALKER.id)))["genres"]]
    await desk.patch(DRAMA, {"name": "comedy"}, 409)
    await desk.patch(DRAMA, {"name": "ДРАМА"})
    await desk.send("PATCH", DRAMA, 428, json={"name": "x"})
    await desk.send("PATCH", DRAMA, 412, json={"name": "x"}, headers={"If-Match": '"1.x"'})


async def test_two_who_exchange_their_names_do_not_wait_for_each_other(desk: Desk) -> None:
    comedy = f"/genres/{id_of('genre', 'Comedy')}"
    for _ in range(5):
        both = await asyncio.gather(
            desk.send("PATCH", DRAMA, json={"name": "Comedy"}, headers={"If-Match": "*"}),
            desk.send("PATCH", comedy, json={"name": "Drama"}, headers={"If-Match": "*"}),
        )
        assert [one.status_code for one in both] == [409, 409]


async def test_films_stand_in_the_way_of_a_deletion(desk: Desk) -> None:
    refused = (await desk.delete(DRAMA, 409)).json()
    assert "2 films" in refused["detail"]
    assert [fault["detail"] for fault in refused["errors"]] == [
        "«Тіні забутих предків» (1965): its only genre",
        "«Stalker» (1979): genre",
    ]


async def test_with_force_films_go_without_it_until_it_is_restored(desk: Desk) -> None:
    before = await desk.read(film_path(STALKER.id))
    await desk.delete(f"{DRAMA}?force=true")
    await desk.get(DRAMA, 404)
    assert [one["name"] for one in (await desk.read(film_path(STALKER.id)))["genres"]] == ["Science Fiction"]
    assert faults(await desk.post("/films", new_film(), 422)) == {"/genres/0": "unknown_genre"}
    restored = (await desk.post(f"{DRAMA}/restore", None, 200)).json()
    assert restored["film_count"] == 2
    assert await desk.read(film_path(STALKER.id)) == before


async def test_a_name_that_is_taken_meanwhile(desk: Desk) -> None:
    await desk.delete(f"{DRAMA}?force=true")
    await desk.post("/genres", {"name": "drama"})
    await desk.post(f"{DRAMA}/restore", None, 409)


async def test_a_list_of_genres_replaces_those_in_sight_alone(desk: Desk) -> None:
    await desk.delete(f"{DRAMA}?force=true")
    await desk.patch(film_path(STALKER.id), {"genres": ["Comedy"]})
    await desk.post(f"{DRAMA}/restore", None, 200)
    assert [one["name"] for one in (await desk.read(film_path(STALKER.id)))["genres"]] == ["Drama", "Comedy"]
