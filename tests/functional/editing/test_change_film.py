"""PATCH, DELETE and restore of films."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from editing_steps import KAIDANOVSKY, TARKOVSKY, Desk, faults, film_path, new_film
from people import execute, scalar
from small_catalogue import STALKER, id_of

STALKER_PATH = film_path(STALKER.id)


async def test_what_is_left_out_stays_and_null_takes_away(desk: Desk) -> None:
    before = await desk.read(STALKER_PATH)
    answer = await desk.patch(STALKER_PATH, {"minutes": 163, "description": None, "external_ids": {"tmdb": "1398"}})
    after = answer.json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"minutes", "description", "external_ids", "updated_at"}
    assert after["external_ids"] == {"imdb": STALKER.imdb, "tmdb": "1398"}
    read = await desk.get(STALKER_PATH)
    assert read.json() == after
    assert read.headers["etag"] == answer.headers["etag"]
    assert answer.headers["etag"].startswith('"2.')


async def test_every_field_is_replaced(desk: Desk) -> None:
    wanted = new_film(
        "Stalker II",
        original_title="Сталкер 2",
        description="They go back.",
        genres=["Comedy", "Drama"],
        writers=[KAIDANOVSKY],
        actors=[{"id": TARKOVSKY, "character": "Himself"}],
        alternative_titles=[{"title": "Stalker Two", "language": "en"}],
        external_ids={"imdb": None},
        rating=5.25,
        votes=3,
    )
    after = (await desk.patch(STALKER_PATH, wanted)).json()
    assert [one["name"] for one in after["genres"]] == ["Comedy", "Drama"]
    assert [one["id"] for one in after["writers"]] == [KAIDANOVSKY]
    assert [(one["id"], one["character"]) for one in after["actors"]] == [(TARKOVSKY, "Himself")]
    assert after["external_ids"] == {"imdb": None, "tmdb": None}
    assert after["prior"] == {"rating": 5.25, "votes": 3}
    for name in ("title", "original_title", "description", "year", "minutes", "alternative_titles"):
        assert after[name] == wanted[name]


async def test_null_takes_lists_and_the_prior_away(desk: Desk) -> None:
    nothing = dict.fromkeys(("writers", "actors", "alternative_titles", "external_ids", "rating", "votes"))
    after = (await desk.patch(STALKER_PATH, nothing)).json()
    assert (after["writers"], after["actors"], after["alternative_titles"]) == ([], [], [])
    assert after["external_ids"] == {"imdb": None, "tmdb": None}
    assert after["prior"] == {"rating": None, "votes": 0}


async def test_both_media_types(desk: Desk) -> None:
    for media_type in ("application/json", "application/merge-patch+json"):
        headers = {"If-Match": "*", "Content-Type": media_type}
        await desk.send("PATCH", STALKER_PATH, 200, content=b'{"year": 1980}', headers=headers)
    headers = {"If-Match": "*", "Content-Type": "application/json-patch+json"}
    refused = await desk.send("PATCH", STALKER_PATH, 415, content=b"[]", headers=headers)
    assert refused.headers["accept"] == "application/json, application/merge-patch+json"


async def test_nothing_changed_is_nothing_done(desk: Desk) -> None:
    before = await desk.get(STALKER_PATH)
    given = {"title": "Stalker", "genres": ["drama", "Science Fiction"], "directors": [TARKOVSKY], "rating": 8.1}
    for body in ({}, given, {"external_ids": {}}):
        answer = await desk.patch(STALKER_PATH, body)
        assert answer.headers["etag"] == before.headers["etag"]
    assert await desk.changes(STALKER_PATH) == []


async def test_all_faults_of_a_change_at_once(desk: Desk) -> None:
    nobody = str(uuid4())
    body = {"title": None, "minutes": None, "genres": [], "directors": [nobody], "actors": [{"id": nobody}], "id": 1}
    answer = await desk.patch(STALKER_PATH, body, 422)
    assert faults(answer) == {
        "/title": "wrong_type",
        "/minutes": "wrong_type",
        "/genres": "too_few",
        "/directors/0": "unknown_person",
        "/actors/0/id": "unknown_person",
        "/id": "unknown",
    }
    answer = await desk.patch(STALKER_PATH, {"genres": ["Opera"], "rating": None, "title": "solaris"}, 422)
    assert faults(answer) == {"/genres/0": "unknown_genre", "/rating": "prior", "/title": "title_taken"}
    assert faults(await desk.patch(STALKER_PATH, {"votes": None}, 422)) == {"/votes": "prior"}


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (None, 428),
        ("*", 200),
        ('"1.whatever"', 200),
        ('"7.x", "1.x-zstd"', 200),
        ('"11.x"', 412),
        ('"2.x"', 412),
        ('W/"1.x"', 412),
        ('"1"', 412),
        ('""', 412),
        ("1.x", 422),
        ('"1.x', 422),
        ("*, *", 422),
    ],
)
async def test_if_match(desk: Desk, condition: str | None, status: int) -> None:
    headers = {"If-Match": condition} if condition is not None else {}
    await desk.send("PATCH", STALKER_PATH, status, json={"year": 1980}, headers=headers)
    if status != 200:
        await desk.send("DELETE", STALKER_PATH, status, headers=headers)


async def test_of_many_who_change_the_same_state_one_wins(desk: Desk) -> None:
    etag = (await desk.get(STALKER_PATH)).headers["etag"]
    changes = [desk.send("PATCH", STALKER_PATH, json={"year": 1900 + n}, headers={"If-Match": etag}) for n in range(12)]
    statuses = [answer.status_code for answer in await asyncio.gather(*changes)]
    assert sorted(statuses) == [200, *[412] * 11]
    assert await scalar(desk.own.services, "SELECT version FROM film WHERE id = :id", id=STALKER.id) == 2


async def test_a_change_and_a_deletion_of_the_same_state(desk: Desk) -> None:
    for number in range(8):
        film = await desk.make(f"Film {number}")
        etag = {"If-Match": (await desk.get(film_path(film))).headers["etag"]}
        both = await asyncio.gather(
            desk.send("PATCH", film_path(film), json={"year": 1999}, headers=etag),
            desk.send("DELETE", film_path(film), headers=etag),
        )
        assert [one.status_code for one in both] in ([200, 412], [404, 204])


async def test_a_compressed_reader_s_tag_is_good_too(desk: Desk) -> None:
    for coding in ("zstd", "gzip"):
        headers = {"Accept-Encoding": coding}
        etag = (await desk.own.api.get(STALKER_PATH, headers=headers)).headers["etag"]
        await desk.send("PATCH", STALKER_PATH, 200, json={"year": 1980}, headers={"If-Match": etag})
        await desk.send("PATCH", STALKER_PATH, 412, json={"year": 1981}, headers={"If-Match": etag})
        await execute(desk.own.services, "UPDATE film SET version = 1, year = 1979 WHERE id = :id", id=STALKER.id)


async def test_a_title_that_is_taken(desk: Desk) -> None:
    taken = await desk.patch(STALKER_PATH, {"title": "SOLARIS"}, 409)
    assert taken.json()["errors"][0]["link"].startswith("/api/v1/films/")
    await desk.patch(STALKER_PATH, {"title": "STALKER"})
    await desk.patch(f"{STALKER_PATH}?allow_same_title=true", {"title": "Solaris"})
    await desk.make("Stalker")


async def test_credits_out_of_sight_stay_where_they_are(desk: Desk) -> None:
    await execute(desk.own.services, "UPDATE person SET deleted_at = now() WHERE id = :id", id=KAIDANOVSKY)
    await desk.patch(STALKER_PATH, {"actors": [{"id": TARKOVSKY}], "year": 1980})
    await desk.post(f"/persons/{KAIDANOVSKY}/restore", None, 200)
    actors = (await desk.read(STALKER_PATH))["actors"]
    assert [one["id"] for one in actors] == [KAIDANOVSKY, TARKOVSKY]
    assert actors[0]["character"] == "Stalker"


async def test_a_deleted_film_is_gone_and_comes_back_as_it_was(desk: Desk) -> None:
    before = await desk.read(STALKER_PATH)
    answer = await desk.delete(STALKER_PATH)
    assert (answer.content, answer.headers.get("content-type")) == (b"", None)
    await desk.get(STALKER_PATH, 404)
    await desk.patch(STALKER_PATH, {"year": 1980}, 404)
    await desk.delete(STALKER_PATH, 404)
    person = await desk.read(f"/persons/{TARKOVSKY}")
    assert "Stalker" not in [one["title"] for one in person["films"]]
    restored = await desk.post(f"{STALKER_PATH}/restore", None, 200)
    after = restored.json()
    assert {name for name in after if after[name] != before[name]} == {"updated_at"}
    assert (await desk.get(STALKER_PATH)).headers["etag"] == restored.headers["etag"]
    await desk.post(f"{STALKER_PATH}/restore", None, 409)


async def test_a_title_is_free_once_its_film_is_deleted(desk: Desk) -> None:
    await desk.delete(STALKER_PATH)
    other = await desk.make("Stalker", external_ids={"tmdb": "5"})
    refused = await desk.post(f"{STALKER_PATH}/restore", None, 409)
    assert refused.json()["errors"][0]["link"] == f"/api/v1/films/{other['id']}"
    await desk.post(f"{STALKER_PATH}/restore?allow_same_title=true", None, 200)


async def test_an_external_id_of_a_deleted_film_is_told(desk: Desk) -> None:
    await desk.delete(STALKER_PATH)
    answer = await desk.post("/films", new_film(external_ids={"imdb": STALKER.imdb}), 409)
    (fault,) = answer.json()["errors"]
    assert "deleted" in fault["detail"]
    assert "link" not in fault


async def test_nothing_comes_back_after_30_days(desk: Desk) -> None:
    late = "UPDATE film SET deleted_at = now() - interval '30 days 1 minute' WHERE id = :id"
    await execute(desk.own.services, late, id=STALKER.id)
    await desk.post(f"{STALKER_PATH}/restore", None, 404)
    await desk.post(f"/films/{uuid4()}/restore", None, 404)


@pytest.mark.parametrize("kind", ["film", "person", "genre"])
async def test_only_editors_may(desk: Desk, kind: str) -> None:
    ids: dict[str, Any] = {"film": STALKER.id, "person": TARKOVSKY, "genre": id_of("genre", "Drama")}
    path = f"/{kind}s/{ids[kind]}"
    for method, address in (
        ("PATCH", path),
        ("DELETE", path),
        ("POST", f"{path}/restore"),
        ("GET", f"{path}/changes"),
    ):
        await desk.own.api.send(method, address, 401)
