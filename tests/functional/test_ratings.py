"""Scores of users, from the address that takes them to everything that shows them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from applications import Own
from people import Person, new_person
from small_catalogue import OUTSIDERS, STALKER

from kinoteka.indexer import worker

UNRATED = next(one for one in OUTSIDERS if one.rating is None)


@asynccontextmanager
async def indexing(own: Own) -> AsyncIterator[None]:
    """With the index kept in step."""
    stop, services = asyncio.Event(), own.services
    keep = worker.run(services.database, services.engine, services.tokens, stop, services.phases)
    task = asyncio.create_task(keep)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 60)


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await look():  # noqa: ASYNC110 - what is awaited happens in the index
            await asyncio.sleep(0.02)


@pytest.fixture
async def viewer(own: Own) -> Person:
    return await new_person(own.services)


async def rate(own: Own, who: Person, film: object, score: float, status: int | None = None) -> Any:
    path = f"/me/ratings/{film}"
    return (await own.api.send("PUT", path, status, json={"score": score}, headers=who.headers)).json()


async def summary(own: Own, film: object) -> dict[str, Any]:
    found: dict[str, Any] = (await own.api.get(f"/films/{film}/ratings")).json()
    return found


def scores(found: dict[str, Any]) -> dict[float, int]:
    return {one["score"]: one["count"] for one in found["histogram"] if one["count"]}


async def test_a_score_is_given_changed_and_withdrawn(own: Own, viewer: Person) -> None:
    path = f"/me/ratings/{UNRATED.id}"
    await own.api.get(path, 404, headers=viewer.headers)
    given = await own.api.send("PUT", path, 201, json={"score": 8.5}, headers=viewer.headers)
    assert given.json()["score"] == 8.5
    assert given.headers["location"] == f"/api/v1{path}"
    assert given.headers["cache-control"] == "private, no-store"
    assert (await own.api.get(path, headers=viewer.headers)).json() == given.json()
    again = await rate(own, viewer, UNRATED.id, 8.5, 200)
    assert again == given.json()
    changed = await rate(own, viewer, UNRATED.id, 3, 200)
    assert changed["score"] == 3.0
    assert changed["rated_at"] > given.json()["rated_at"]
    for _ in range(2):
        await own.api.send("DELETE", path, 204, headers=viewer.headers)
    await own.api.get(path, 404, headers=viewer.headers)


async def test_a_film_shows_its_rating_at_once(own: Own, viewer: Person) -> None:
    """Nobody keeps the index here: what was answered before must not be answered again."""
    before = await own.api.get(f"/films/{STALKER.id}")
    await rate(own, viewer, STALKER.id, 2.5, 201)
    after = await own.api.get(f"/films/{STALKER.id}")
    assert (after.json()["rating"], after.json()["votes"]) == (8.09, 901)
    assert after.json()["prior"] == {"rating": 8.1, "votes": 900}
    assert after.json()["updated_at"] == before.json()["updated_at"]
    (version, digest), (later_version, later_digest) = (
        response.headers["etag"].strip('"').split(".") for response in (before, after)
    )
    assert version == later_version
    assert digest != later_digest
    await own.api.get(f"/films/{STALKER.id}", headers={"If-None-Match": before.headers["etag"]})
    await own.api.get(f"/films/{STALKER.id}", 304, headers={"If-None-Match": after.headers["etag"]})


async def test_what_the_scores_of_a_film_come_to(own: Own) -> None:
    for score in (10, 9.5, 1):
        await rate(own, await new_person(own.services), STALKER.id, score, 201)
    found = await summary(own, STALKER.id)
    assert scores(found) == {10.0: 1, 9.5: 1, 1.0: 1}
    assert len(found["histogram"]) == 19
    assert (found["count"], found["mean"]) == (3, 20.5 / 3)
    assert (found["votes"], found["rating"]) == (903, round((8.1 * 900 + 20.5) / 903, 2))
    m, c = found["m"], found["c"]
    assert found["weighted_rating"] == round((m * c + 8.1 * 900 + 20.5) / (m + 903), 3)
    assert found["prior"] == {"rating": 8.1, "votes": 900}


async def test_a_film_without_scores_has_no_mean(own: Own) -> None:
    found = await summary(own, UNRATED.id)
    assert (found["count"], found["mean"], found["rating"], found["weighted_rating"]) == (0, None, None, None)
    assert [one["count"] for one in found["histogram"]] == [0] * 19


async def test_lists_follow(own: Own, viewer: Person) -> None:
    async def best() -> str:
        found: str = (await own.api.get("/films?sort=-rating&rating_from=9")).json()["items"][0]["title"]
        return found

    async def is_first() -> bool:
        items = (await own.api.get("/films?sort=-rating&rating_from=9")).json()["items"]
        return [film["title"] for film in items] == [UNRATED.title]

    async def is_gone() -> bool:
        return (await own.api.get("/films?sort=-rating&rating_from=9")).json()["items"] == []

    async with indexing(own):
        await rate(own, viewer, UNRATED.id, 9.5, 201)
        await until(is_first)
        top = (await own.api.get("/films/top")).json()
        film = next(one for one in top["items"] if one["title"] == UNRATED.title)
        assert film["weighted_rating"] == round((top["m"] * top["c"] + 9.5) / (top["m"] + 1), 3)
        await own.api.send("DELETE", f"/me/ratings/{UNRATED.id}", 204, headers=viewer.headers)
        await until(is_gone)


@pytest.mark.parametrize("score", [0, 0.5, 10.5, 7.25, -1, "8", None, True, [8], 1e308])
async def test_wrong_scores_are_refused(own: Own, viewer: Person, score: object) -> None:
    options: dict[str, Any] = {"json": {"score": score}, "headers": viewer.headers}
    refused = await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 422, **options)
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/score"]
    assert (await summary(own, STALKER.id))["count"] == 0


async def test_films_that_are_not_there(own: Own, viewer: Person) -> None:
    gone, headers = uuid4(), viewer.headers
    await own.api.send("PUT", f"/me/ratings/{gone}", 404, json={"score": 5}, headers=headers)
    await own.api.send("DELETE", f"/me/ratings/{gone}", 404, headers=headers)
    await own.api.get(f"/films/{gone}/ratings", 404)
    await own.api.send("PUT", f"/me/ratings/{STALKER.id}", 401, json={"score": 5})
