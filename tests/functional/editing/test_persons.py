"""Persons: made, changed, deleted, restored."""

from typing import Any
from uuid import uuid4

import pytest
from editing_steps import KAIDANOVSKY, TARKOVSKY, Desk, faults, film_path, new_film
from small_catalogue import STALKER, id_of


async def make_person(desk: Desk, name: str = "Margarita Terekhova", **more: Any) -> dict[str, Any]:
    person: dict[str, Any] = (await desk.post("/persons", {"name": name, **more})).json()
    return person


async def test_a_person_is_there_at_once(desk: Desk) -> None:
    answer = await desk.post("/persons", {"name": "  Margarita   Terekhova", "date_of_birth": "1942-08-25"})
    person = answer.json()
    assert answer.headers["location"] == f"/api/v1/persons/{person['id']}"
    assert (person["name"], person["date_of_birth"], person["films"]) == ("Margarita Terekhova", "1942-08-25", [])
    read = await desk.get(f"/persons/{person['id']}")
    assert read.json() == person
    assert read.headers["etag"] == answer.headers["etag"]
    assert (await make_person(desk))["id"] != person["id"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"/name": "missing"}),
        ({"name": "\u3164", "photo": None}, {"/name": "blank", "/photo": "unknown"}),
        ({"name": "x", "date_of_birth": "1962-02-30"}, {"/date_of_birth": "date"}),
        ({"name": "x", "date_of_birth": "0000"}, {"/date_of_birth": "date"}),
        ({"name": "x", "date_of_birth": "1.5.1962"}, {"/date_of_birth": "pattern"}),
        ({"name": "x", "date_of_birth": "1962", "date_of_death": "1961-12-31"}, {"/date_of_death": "order"}),
    ],
)
async def test_faults(desk: Desk, body: dict[str, Any], expected: dict[str, str]) -> None:
    assert faults(await desk.post("/persons", body, 422)) == expected


async def test_a_change_shows_in_films_at_once(desk: Desk) -> None:
    path = f"/persons/{TARKOVSKY}"
    await desk.read(film_path(STALKER.id))
    answer = await desk.patch(path, {"name": "Андрей Тарковский", "date_of_birth": "1932-04-04"})
    assert answer.json()["name"] == "Андрей Тарковский"
    assert (await desk.get(path)).headers["etag"] == answer.headers["etag"]
    assert (await desk.read(film_path(STALKER.id)))["directors"][0]["name"] == "Андрей Тарковский"


async def test_dates_are_compared_with_those_that_stay(desk: Desk) -> None:
    path = f"/persons/{TARKOVSKY}"
    await desk.patch(path, {"date_of_birth": "1932", "date_of_death": "1986-12-29"})
    assert faults(await desk.patch(path, {"date_of_birth": "1987"}, 422)) == {"/date_of_birth": "order"}
    assert faults(await desk.patch(path, {"date_of_death": "1931"}, 422)) == {"/date_of_death": "order"}
    after = (await desk.patch(path, {"date_of_death": None})).json()
    assert (after["date_of_birth"], after["date_of_death"]) == ("1932", None)


async def test_conditions(desk: Desk) -> None:
    path = f"/persons/{TARKOVSKY}"
    for method, body in (("PATCH", {"name": "x"}), ("DELETE", None)):
        await desk.send(method, path, 428, json=body)
        await desk.send(method, path, 412, json=body, headers={"If-Match": '"9.x"'})
    await desk.patch(f"/persons/{uuid4()}", {"name": "x"}, 404)


async def test_films_stand_in_the_way_of_a_deletion(desk: Desk) -> None:
    refused = (await desk.delete(f"/persons/{TARKOVSKY}", 409)).json()
    assert "2 films" in refused["detail"]
    assert "force=true" in refused["detail"]
    assert [fault["link"] for fault in refused["errors"]] == [
        f"/api/v1/films/{id_of('film', 'Solaris 1972')}",
        f"/api/v1/films/{STALKER.id}",
    ]
    assert all("director, and nobody else directed it" in fault["detail"] for fault in refused["errors"])
    actor = (await desk.delete(f"/persons/{KAIDANOVSKY}", 409)).json()
    assert [fault["detail"] for fault in actor["errors"]] == ["«Stalker» (1979): actor"]


async def test_with_force_the_credits_go_out_of_sight_and_come_back(desk: Desk) -> None:
    before = await desk.read(film_path(STALKER.id))
    await desk.delete(f"/persons/{TARKOVSKY}?force=true")
    await desk.get(f"/persons/{TARKOVSKY}", 404)
    assert (await desk.read(film_path(STALKER.id)))["directors"] == []
    refused = await desk.post("/films", new_film(), 422)
    assert faults(refused) == {"/directors/0": "unknown_person"}
    await desk.delete(film_path(id_of("film", "Solaris 1972")))
    restored = (await desk.post(f"/persons/{TARKOVSKY}/restore", None, 200)).json()
    assert [one["title"] for one in restored["films"]] == ["Stalker"]
    assert await desk.read(film_path(STALKER.id)) == before


async def test_deleted_films_stand_in_nobody_s_way(desk: Desk) -> None:
    await desk.delete(film_path(STALKER.id))
    await desk.delete(f"/persons/{KAIDANOVSKY}")
    await desk.post(f"{film_path(STALKER.id)}/restore", None, 200)
    actors = (await desk.read(film_path(STALKER.id)))["actors"]
    assert KAIDANOVSKY not in [one["id"] for one in actors]
