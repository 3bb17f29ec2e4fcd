"""What becomes of somebody's scores and lists when the account goes, and what its owner can take along."""

import json
from typing import Any

import pytest
from applications import Own
from people import PASSWORD, Person, execute, new_person
from small_catalogue import OUTSIDERS, STALKER

from kinoteka.ratings.check import Totals, check_ratings


@pytest.fixture
async def leaver(own: Own) -> Person:
    somebody = await new_person(own.services)
    for film, score in zip(OUTSIDERS[:3], (2, 9.5, 10), strict=True):
        path = f"/me/ratings/{film.id}"
        await own.api.send("PUT", path, 201, json={"score": score}, headers=somebody.headers)
    await own.api.send("PUT", f"/me/favourites/{STALKER.id}", 201, headers=somebody.headers)
    await own.api.send("PUT", f"/me/wishlist/{OUTSIDERS[1].id}", 201, headers=somebody.headers)
    return somebody


async def leave(own: Own, who: Person, **choice: Any) -> None:
    body = {"current_password": PASSWORD, **choice}
    await own.api.send("DELETE", "/me", 204, json=body, headers=who.headers)


async def rows(own: Own, query: str) -> list[Any]:
    connection = await own.services.database.connect()
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def count(own: Own, film: object) -> int:
    found: int = (await own.api.get(f"/films/{film}/ratings")).json()["count"]
    return found


@pytest.mark.parametrize("choice", [{}, {"ratings": "delete"}])
async def test_scores_go_with_the_account(own: Own, leaver: Person, choice: dict[str, Any]) -> None:
    await leave(own, leaver, **choice)
    assert await rows(own, "SELECT * FROM rating") == []
    assert await rows(own, "SELECT * FROM list_entry") == []
    assert await rows(own, "SELECT sum(votes), sum(points) FROM rating_total") == [(0, 0)]
    assert await rows(own, "SELECT count(*) FROM search_outbox WHERE kind = 'f'") > [(3,)]


async def test_scores_stay_without_a_name(own: Own, leaver: Person) -> None:
    await leave(own, leaver, ratings="keep")
    assert await rows(own, "SELECT score FROM rating ORDER BY score") == [(4,), (19,), (20,)]
    assert await rows(own, "SELECT DISTINCT account_id FROM rating") == [(None,)]
    assert await rows(own, "SELECT bool_and(rated_at = date_trunc('day', rated_at)) FROM rating") == [(True,)]
    assert await rows(own, "SELECT * FROM list_entry") == []
    assert await count(own, STALKER.id) == 1
    assert await check_ratings(own.services.database, repair=False, progress=lambda done, total: None) == []


async def test_own_data_has_scores_and_lists(own: Own, leaver: Person) -> None:
    data = json.loads((await own.api.get("/me/export", headers=leaver.headers)).content)
    assert [(one["title"], one["score"]) for one in data["ratings"]] == [
        (film.title, score) for film, score in zip(OUTSIDERS[:3], (2.0, 9.5, 10.0), strict=True)
    ]
    assert [one["film_id"] for one in data["favourites"]] == [str(STALKER.id)]
    assert [one["film_id"] for one in data["wishlist"]] == [str(OUTSIDERS[1].id)]


async def test_wrong_totals_are_found_and_made_anew(own: Own, leaver: Person) -> None:
    """Whatever is wrong with them: a row that is missing, one too many, one that is off, one of no film."""
    first, second, third = OUTSIDERS[:3]
    await execute(own.services, "DELETE FROM rating_total WHERE film_id = :id", id=first.id)
    await execute(own.services, "UPDATE rating_total SET points = points + 1 WHERE film_id = :id", id=second.id)
    await execute(
        own.services,
        "INSERT INTO rating_total SELECT gen_random_uuid(), shard, votes, points, scores FROM rating_total "
        "WHERE film_id = :id",
        id=third.id,
    )
    await execute(
        own.services,
        "UPDATE rating_total SET scores = scores[2:19] || scores[1] WHERE film_id = :id",
        id=third.id,
    )
    database = own.services.database
    steps: list[tuple[int, int]] = []
    found = await check_ratings(database, repair=False, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1][0] == steps[-1][1]
    assert {one.film_id: (one.counted, one.given) for one in found if one.title} == {
        first.id: (Totals(0, 0), Totals(1, 4)),
        second.id: (Totals(1, 20), Totals(1, 19)),
        third.id: (Totals(1, 20), Totals(1, 20)),
    }
    assert [(one.counted, one.given) for one in found if not one.title] == [(Totals(1, 20), Totals(0, 0))]
    await execute(own.services, "DELETE FROM search_outbox")
    repaired = await check_ratings(database, repair=True, progress=lambda done, total: None)
    assert repaired == found
    assert await check_ratings(database, repair=False, progress=lambda done, total: None) == []
    assert await count(own, first.id) == 1
    assert await rows(own, "SELECT count(DISTINCT doc_id) FROM search_outbox WHERE kind = 'f'") == [(4,)]
