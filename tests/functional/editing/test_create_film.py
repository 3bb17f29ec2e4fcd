"""POST /films."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from editing_steps import KAIDANOVSKY, TARKOVSKY, Desk, faults, film_path, new_film
from people import new_person, scalar
from small_catalogue import STALKER, id_of

EVERYTHING = {
    "original_title": "Зеркало",
    "description": "A man remembers.\nHis mother, the war.",
    "writers": [TARKOVSKY],
    "actors": [{"id": KAIDANOVSKY, "character": "The father"}, {"id": TARKOVSKY}],
    "alternative_titles": [{"title": "Дзеркало", "language": "uk"}, {"title": "The Mirror"}],
    "external_ids": {"imdb": "tt0072443"},
    "rating": 7.9,
    "votes": 50,
}


async def test_a_film_is_there_at_once(desk: Desk) -> None:
    answer = await desk.post("/films", new_film(**EVERYTHING))
    film = answer.json()
    assert answer.headers["location"] == f"/api/v1/films/{film['id']}"
    read = await desk.get(film_path(film))
    assert read.json() == film
    assert read.headers["etag"] == answer.headers["etag"]
    assert answer.headers["etag"].startswith('"1.')


async def test_it_is_as_it_was_sent(desk: Desk) -> None:
    film = await desk.make(**EVERYTHING)
    for name in ("original_title", "description", "rating", "votes"):
        assert film[name] == EVERYTHING[name]
    assert film["prior"] == {"rating": 7.9, "votes": 50}
    assert [one["id"] for one in film["directors"]] == [TARKOVSKY]
    assert [one["id"] for one in film["writers"]] == [TARKOVSKY]
    assert [(one["name"], one["character"]) for one in film["actors"]] == [
        ("Alexander Kaidanovsky", "The father"),
        ("Andrei Tarkovsky", None),
    ]
    assert film["alternative_titles"] == [
        {"title": "Дзеркало", "language": "uk"},
        {"title": "The Mirror", "language": None},
    ]
    assert film["external_ids"] == {"imdb": "tt0072443", "tmdb": None}


async def test_who_shows_it_and_what_counts_it_are_new_at_once_too(desk: Desk) -> None:
    before = await desk.read(f"/persons/{TARKOVSKY}")
    genre = await desk.read(f"/genres/{id_of('genre', 'Drama')}")
    await desk.make()
    after = await desk.read(f"/persons/{TARKOVSKY}")
    assert [one["title"] for one in after["films"]].count("Mirror") == 1
    assert after["film_count"] == before["film_count"] + 1
    assert (await desk.read(f"/genres/{genre['id']}"))["film_count"] == genre["film_count"] + 1


@pytest.mark.parametrize("genre", ["Drama", "  dRAMA ", "ＤＲＡＭＡ", str(id_of("genre", "Drama"))])
async def test_genres_are_named_or_given_by_id(desk: Desk, genre: str) -> None:
    film = await desk.make(genres=[genre])
    assert [one["name"] for one in film["genres"]] == ["Drama"]


async def test_all_that_must_be_there_is_asked_for_at_once(desk: Desk) -> None:
    answer = await desk.post("/films", {}, 422)
    needed = ("/title", "/year", "/minutes", "/genres", "/directors")
    assert faults(answer) == dict.fromkeys(needed, "missing")


async def test_what_no_database_keeps_is_a_fault_like_any_other(desk: Desk) -> None:
    """Beside another fault: then what the database knows is asked about what is wrong, too."""
    body = {"title": "a\0b", "year": 1869, "genres": ["Dra\0ma", "Opera"]}
    found = faults(await desk.post("/films", body, 422))
    assert found.keys() >= {"/title", "/year", "/genres/0"}
    assert found["/genres/1"] == "unknown_genre"


async def test_all_faults_at_once_those_that_only_the_database_knows_too(desk: Desk) -> None:
    nobody = str(uuid4())
    body = {
        "title": "\u3164\u200b ",
        "year": 1869,
        "minutes": 0,
        "genres": ["Drama", "Opera", "Drama"],
        "directors": [nobody, "Tarkovsky", TARKOVSKY, TARKOVSKY],
        "writers": [nobody],
        "actors": [{"id": nobody, "character": "\u2800"}, {"character": "x"}],
        "description": " \n ",
        "original_title": "a\u0007b",
        "alternative_titles": [{"title": "x", "language": "Ukrainian"}],
        "rating": 10.5,
        "external_ids": {"imdb": "tt 1", "kinopoisk": "1"},
        "budget": 5,
    }
    answer = await desk.post("/films?force=true", body, 422)
    assert faults(answer) == {
        "force": "unknown",
        "/title": "blank",
        "/year": "too_small",
        "/minutes": "too_small",
        "/genres/1": "unknown_genre",
        "/genres/2": "repeated",
        "/directors/0": "unknown_person",
        "/directors/1": "uuid",
        "/directors/3": "repeated",
        "/writers/0": "unknown_person",
        "/actors/0/id": "unknown_person",
        "/actors/0/character": "blank",
        "/actors/1/id": "missing",
        "/description": "blank",
        "/original_title": "control",
        "/alternative_titles/0/language": "pattern",
        "/rating": "too_large",
        "/external_ids/imdb": "pattern",
        "/external_ids/kinopoisk": "unknown",
        "/budget": "unknown",
    }
    assert await scalar(desk.own.services, "SELECT count(*) FROM film") == 6


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", "", "too_short"),
        ("title", "x" * 501, "too_long"),
        ("title", "a\nb", "control"),
        ("title", None, "wrong_type"),
        ("title", 7, "wrong_type"),
        *[("title", blank, "blank") for blank in ("\u00a0", "\u200d\ufe0f", "\u115f", "\uffa0", "\u2800", "\u2063")],
        ("year", 2201, "too_large"),
        ("year", "1975", "wrong_type"),
        ("year", 1975.5, "wrong_type"),
        ("year", True, "wrong_type"),
        ("minutes", -1, "too_small"),
        ("minutes", None, "wrong_type"),
        ("minutes", 100_001, "too_large"),
        ("genres", [], "too_few"),
        ("genres", "Drama", "wrong_type"),
        ("directors", [], "too_few"),
        ("rating", 0.5, "too_small"),
        ("rating", 7.125, "decimals"),
        ("votes", -1, "too_small"),
        ("votes", 2**31, "too_large"),
    ],
)
async def test_one_fault(desk: Desk, field: str, value: Any, code: str) -> None:
    more = {"votes": 1} if field == "rating" else {"rating": 5} if field == "votes" else {}
    answer = await desk.post("/films", new_film(**{field: value}, **more), 422)
    assert faults(answer) == {f"/{field}": code}


async def test_rating_and_votes_go_together(desk: Desk) -> None:
    for more in ({"rating": 5}, {"votes": 5}, {"rating": 5, "votes": 0}):
        answer = await desk.post("/films", new_film(**more), 422)
        assert faults(answer) == {"/votes": "prior"}


async def test_white_space_is_collapsed_and_the_rest_kept(desk: Desk) -> None:
    film = await desk.make("  Mirror\u00a0 of   E\u0301  ")
    assert film["title"] == "Mirror of E\u0301"


async def test_a_title_that_is_there_is_409_with_a_link_to_it(desk: Desk) -> None:
    answer = await desk.post("/films", new_film(" ｓｔＡＬＫＥＲ "), 409)
    (fault,) = answer.json()["errors"]
    assert (fault["code"], fault["pointer"]) == ("title_taken", "/title")
    assert fault["link"] == f"/api/v1/films/{STALKER.id}"
    assert (await desk.get(fault["link"])).json()["title"] == "Stalker"


async def test_a_taken_title_is_among_the_other_faults(desk: Desk) -> None:
    answer = await desk.post("/films", new_film("STALKER", year=5), 422)
    assert faults(answer) == {"/year": "too_small", "/title": "title_taken"}
    answer = await desk.post("/films", new_film("STALKER", genres=["Opera"]), 422)
    assert faults(answer) == {"/genres/0": "unknown_genre", "/title": "title_taken"}


async def test_remakes_exist(desk: Desk) -> None:
    body = new_film("Stalker", year=2030)
    film = (await desk.post("/films?allow_same_title=true", body)).json()
    assert film["title"] == "Stalker"
    await desk.post("/films", body, 409)


async def test_an_external_id_is_one_film_s(desk: Desk) -> None:
    answer = await desk.post("/films", new_film(external_ids={"imdb": STALKER.imdb}), 409)
    assert faults(answer) == {"/external_ids/imdb": "external_id_taken"}
    assert answer.json()["errors"][0]["link"] == f"/api/v1/films/{STALKER.id}"
    await desk.make(external_ids={"imdb": "tt0072443"})


async def test_what_is_no_json_object_is_refused(desk: Desk) -> None:
    for content, status in ((b"{", 400), (b"[]", 422), (b'{"title": "\xff"}', 400), (b'{"title": "\\ud800"}', 400)):
        headers = {"Content-Type": "application/json"}
        await desk.send("POST", "/films", status, content=content, headers=headers)
    await desk.send("POST", "/films", 415, content=b"title=x", headers={"Content-Type": "text/plain"})


async def test_only_editors_may(desk: Desk) -> None:
    await desk.own.api.send("POST", "/films", 401, json=new_film())
    ordinary = await new_person(desk.own.services)
    await desk.own.api.send("POST", "/films", 403, json=new_film(), headers=ordinary.headers)
    assert await scalar(desk.own.services, "SELECT count(*) FROM catalogue_change") == 0


async def test_the_same_request_sent_again_makes_no_second_film(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    path = "/films?allow_same_title=true"
    first, again = [await desk.post(path, new_film(), headers=key) for _ in range(2)]
    assert again.content == first.content
    for name in ("etag", "location", "cache-control"):
        assert again.headers[name] == first.headers[name]
    assert await scalar(desk.own.services, "SELECT count(*) FROM film WHERE title = 'Mirror'") == 1
    await desk.post("/films", new_film(), 422, headers=key)


@pytest.mark.parametrize(("kind", "id_"), [("person", TARKOVSKY), ("genre", str(id_of("genre", "Drama")))])
async def test_whoever_is_being_deleted_is_waited_for_and_not_named(desk: Desk, kind: str, id_: str) -> None:
    connection = await asyncpg.connect(desk.own.services.database.dsn)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"SELECT FROM {kind} WHERE id = $1 FOR UPDATE", id_)
    await connection.execute(f"UPDATE {kind} SET deleted_at = now() WHERE id = $1", id_)
    making = asyncio.create_task(desk.post("/films", new_film(), 422))
    waits = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    async with asyncio.timeout(20):
        while not await scalar(desk.own.services, waits):  # noqa: ASYNC110 - another's event
            await asyncio.sleep(0.01)
    await transaction.commit()
    await connection.close()
    assert set(faults(await making).values()) == {f"unknown_{kind}"}


async def test_every_post_of_an_editor_takes_a_key_and_every_change_a_condition(desk: Desk) -> None:
    for path, item in desk.own.api.document["paths"].items():
        taken = {method: {one["name"] for one in operation["parameters"]} for method, operation in item.items()}
        if "/auth/" not in path and "post" in taken:
            assert "Idempotency-Key" in taken["post"], path
        if path.startswith(("/api/v1/films", "/api/v1/persons", "/api/v1/genres")):
            for method in taken.keys() & {"patch", "delete", "put"}:
                assert "If-Match" in taken[method], path
