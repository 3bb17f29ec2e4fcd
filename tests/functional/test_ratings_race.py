"""A thousand scores at once on one film: none is lost, whoever changes or withdraws meanwhile."""

import asyncio
import random
from collections import Counter
from uuid import UUID

import pytest
from applications import Own
from small_catalogue import STALKER
from sqlalchemy import text

from kinoteka.catalogue.editing.editor import Editor
from kinoteka.database import open_database
from kinoteka.ratings import service

USERS, CONNECTIONS = 1000, 24


@pytest.fixture
async def crowd(own: Own) -> list[UUID]:
    """Accounts without passwords."""
    async with own.services.database.transaction() as connection:
        made = await connection.execute(
            text(
                "INSERT INTO account (phone, password_hash) SELECT '+1202' || (5000000 + n), 'none' "
                "FROM generate_series(1, :users) AS n RETURNING id"
            ),
            {"users": USERS},
        )
        return [row.id for row in made]


async def test_no_score_is_lost_and_none_counted_twice(own: Own, crowd: list[UUID]) -> None:
    database = open_database(own.services.database.dsn, CONNECTIONS, patience=120)
    editor, draw = Editor(database, own.services.tokens), random.Random(6)

    async def scores(account: UUID, deeds: list[float | None]) -> None:
        for score in deeds:
            if score is None:
                await service.withdraw(editor, account, STALKER.id)
            else:
                await service.rate(editor, account, STALKER.id, score)

    plans = {
        account: [draw.choice([None, *(n / 2 for n in range(2, 21))]) for _ in range(draw.randint(1, 3))]
        for account in crowd
    }
    try:
        await asyncio.gather(*(scores(account, deeds) for account, deeds in plans.items()))
    finally:
        await database.close()
    last = {account: deeds[-1] for account, deeds in plans.items() if deeds[-1] is not None}  # type: ignore[misc]
    found = (await own.api.get(f"/films/{STALKER.id}/ratings")).json()
    assert {one["score"]: one["count"] for one in found["histogram"] if one["count"]} == dict(Counter(last.values()))
    assert found["count"] == len(last)
    assert found["mean"] == pytest.approx(sum(last.values()) / len(last), abs=1e-12)
    film = (await own.api.get(f"/films/{STALKER.id}")).json()
    assert film["votes"] == 900 + len(last)
    assert film["rating"] == pytest.approx((8.1 * 900 + sum(last.values())) / (900 + len(last)), abs=0.0051)


async def test_scores_of_many_films_in_any_order_do_not_deadlock(own: Own, crowd: list[UUID]) -> None:
    """As imports and deletions of accounts do: many films in one statement, in whatever order the rows come."""
    database = open_database(own.services.database.dsn, CONNECTIONS, patience=120)
    inserting = text(
        "INSERT INTO rating (film_id, account_id, score) SELECT id, :account, 2 + (random() * 18)::integer FROM film "
        "ORDER BY random() ON CONFLICT (account_id, film_id) DO UPDATE SET score = excluded.score"
    )

    async def rate_all(account: UUID) -> None:
        async with database.answering() as connection:
            await connection.execute(inserting, {"account": account})
        async with database.answering() as connection:
            await connection.execute(inserting, {"account": account})
        async with database.answering() as connection:
            await connection.execute(text("DELETE FROM account WHERE id = :id"), {"id": account})

    try:
        await asyncio.gather(*map(rate_all, crowd[:200]))
    finally:
        await database.close()
    async with own.services.database.transaction() as connection:
        left = text(
            "SELECT coalesce(sum(abs(votes)), 0) "
            "FROM (SELECT sum(votes) AS votes FROM rating_total GROUP BY film_id) AS t"
        )
        assert await connection.scalar(left) == 0
