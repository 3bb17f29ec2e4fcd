"""Two persons that are one."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
from editing_steps import ANY, KAIDANOVSKY, TARKOVSKY, Desk, faults, film_path
from people import execute, scalar
from small_catalogue import STALKER, id_of

SODERBERGH = str(id_of("person", "Steven Soderbergh"))


async def merge(desk: Desk, old: str, new: str, status: int | None = 200, **headers: str) -> httpx.Response:
    return await desk.send("POST", f"/persons/{old}/merge", status, json={"into": new}, headers={**ANY, **headers})


async def new_double(desk: Desk, name: str = "A. Tarkovsky") -> str:
    person: dict[str, Any] = (await desk.post("/persons", {"name": name})).json()
    return str(person["id"])


async def test_credits_move_and_the_old_id_leads_to_the_new(desk: Desk) -> None:
    double = await new_double(desk)
    mirror = await desk.make("Mirror", directors=[double], writers=[double])
    answer = await merge(desk, double, TARKOVSKY)
    assert answer.headers["content-location"] == f"/api/v1/persons/{TARKOVSKY}"
    assert [one["title"] for one in answer.json()["films"]] == ["Stalker", "Mirror", "Solaris"]
    assert (await desk.get(f"/persons/{TARKOVSKY}")).headers["etag"] == answer.headers["etag"]
    film = await desk.read(film_path(mirror))
    assert [one["id"] for one in film["directors"] + film["writers"]] == [TARKOVSKY, TARKOVSKY]
    moved = await desk.get(f"/persons/{double}", 308)
    assert moved.headers["location"] == f"/api/v1/persons/{TARKOVSKY}"
    moved = await desk.get(f"/persons/{double.upper()}/films?role=director&page_size=20", 308)
    assert moved.headers["location"] == f"/api/v1/persons/{TARKOVSKY}/films?role=director&page_size=20"


async def test_of_a_credit_that_both_have_one_stays(desk: Desk) -> None:
    double = await new_double(desk)
    actors = [{"id": double, "character": "Writer"}, {"id": TARKOVSKY}, {"id": KAIDANOVSKY, "character": "Stalker"}]
    film = await desk.make("Mirror", directors=[TARKOVSKY, double], actors=actors)
    await merge(desk, double, TARKOVSKY)
    after = await desk.read(film_path(film))
    assert [one["id"] for one in after["directors"]] == [TARKOVSKY]
    assert [(one["id"], one["character"]) for one in after["actors"]] == [
        (TARKOVSKY, "Writer"),
        (KAIDANOVSKY, "Stalker"),
    ]


async def test_whoever_has_read_the_film_before_must_read_it_again(desk: Desk) -> None:
    etag = (await desk.get(film_path(STALKER.id))).headers["etag"]
    await merge(desk, TARKOVSKY, SODERBERGH)
    await desk.send("PATCH", film_path(STALKER.id), 412, json={"year": 1980}, headers={"If-Match": etag})


async def test_chains_lead_to_the_last_one(desk: Desk) -> None:
    first, second = await new_double(desk, "First"), await new_double(desk, "Second")
    await merge(desk, first, second)
    await merge(desk, second, TARKOVSKY)
    for old in (first, second):
        assert (await desk.get(f"/persons/{old}", 308)).headers["location"] == f"/api/v1/persons/{TARKOVSKY}"


async def test_who_cannot_be_merged_into(desk: Desk) -> None:
    double, gone = await new_double(desk), await new_double(desk, "Gone")
    await merge(desk, gone, TARKOVSKY)
    deleted = await new_double(desk, "Deleted")
    await desk.delete(f"/persons/{deleted}")
    expected = {double: "same", gone: "merged_person", deleted: "unknown_person", str(uuid4()): "unknown_person"}
    for into, code in expected.items():
        assert faults(await merge(desk, double, into, 422)) == {"/into": code}
    assert faults(await merge(desk, double, "x", 422)) == {"/into": "uuid"}
    await merge(desk, gone, double, 404)
    await merge(desk, str(uuid4()), double, 404)
    assert faults(await merge(desk, TARKOVSKY, gone, 422)) == {"/into": "merged_person"}  # a circle


async def test_it_takes_if_match_of_the_one_that_goes(desk: Desk) -> None:
    double = await new_double(desk)
    await desk.send("POST", f"/persons/{double}/merge", 428, json={"into": TARKOVSKY})
    await merge(desk, double, TARKOVSKY, 412, **{"If-Match": '"2.x"'})
    await merge(desk, double, TARKOVSKY, 200, **{"If-Match": '"1.x"'})


async def test_a_merged_person_is_not_restored_or_written(desk: Desk) -> None:
    double = await new_double(desk)
    await merge(desk, double, TARKOVSKY)
    refused = await desk.post(f"/persons/{double}/restore", None, 409)
    assert TARKOVSKY in refused.json()["detail"]
    assert TARKOVSKY in (await desk.patch(f"/persons/{double}", {"name": "x"}, 404)).json()["detail"]
    await desk.delete(f"/persons/{double}?force=true", 404)
    answer = await desk.post(
        "/films", {"title": "X", "year": 2000, "minutes": 1, "genres": ["Drama"], "directors": [double]}, 422
    )
    (fault,) = answer.json()["errors"]
    assert (fault["code"], fault["link"]) == ("merged_person", f"/api/v1/persons/{TARKOVSKY}")


async def test_external_ids_move_and_a_second_one_still_names_the_person(desk: Desk) -> None:
    double, services = await new_double(desk), desk.own.services
    for person, source, value in ((TARKOVSKY, "imdb", "nm1"), (double, "imdb", "nm2"), (double, "tmdb", "7")):
        statement = "INSERT INTO person_external_id (source, value, person_id) VALUES (:source, :value, :person)"
        await execute(services, statement, source=source, value=value, person=person)
    await merge(desk, double, TARKOVSKY)
    async with services.database.transaction() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT value, merged FROM person_external_id WHERE person_id = $1 ORDER BY value", (TARKOVSKY,)
        )
        assert [tuple(row) for row in rows] == [("7", False), ("nm1", False), ("nm2", True)]


async def test_films_out_of_sight_move_too(desk: Desk) -> None:
    await desk.delete(film_path(STALKER.id))
    await merge(desk, TARKOVSKY, SODERBERGH)
    restored = (await desk.post(f"{film_path(STALKER.id)}/restore", None, 200)).json()
    assert [one["id"] for one in restored["directors"]] == [SODERBERGH]


async def test_two_who_are_merged_into_each_other_at_once(desk: Desk) -> None:
    for number in range(5):
        one, two = await new_double(desk, f"One {number}"), await new_double(desk, f"Two {number}")
        both = await asyncio.gather(merge(desk, one, two, None), merge(desk, two, one, None))
        assert sorted(answer.status_code for answer in both) in ([200, 404], [200, 422])
    alive = "SELECT count(*) FROM person WHERE deleted_at IS NULL AND name ~ '^(One|Two) '"
    assert await scalar(desk.own.services, alive) == 5


async def test_merging_while_films_are_written(desk: Desk) -> None:
    """Nobody waits for somebody who waits for them, and no credit stays behind."""
    doubles = [await new_double(desk, f"Double {number}") for number in range(6)]
    films = [await desk.make(f"Film {number}", directors=doubles) for number in range(6)]
    merges = [merge(desk, double, TARKOVSKY, None) for double in doubles]
    changes = [
        desk.send(
            "PATCH", film_path(film), json={"directors": doubles[::-1], "actors": [{"id": doubles[0]}]}, headers=ANY
        )
        for film in films
    ]
    answers = await asyncio.gather(*merges, *changes)
    assert {answer.status_code for answer in answers[:6]} == {200}
    assert {answer.status_code for answer in answers[6:]} <= {200, 422}
    left = "SELECT count(*) FROM credit AS c JOIN person_redirect AS r ON r.old_id = c.person_id"
    assert await scalar(desk.own.services, left) == 0
