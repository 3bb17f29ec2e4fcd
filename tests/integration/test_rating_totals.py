"""Totals of ratings, however many scores one statement gives, changes or takes away."""

import pytest
from capture_cases import ALIEN, BRAZIL, load_catalogue
from indexer_steps import execute
from sqlalchemy import text

from kinoteka.database import Database
from kinoteka.ratings.check import check_ratings

SCORES = [2, 20, 2, 7, 7, 7, 19]
WRITTEN = "SELECT n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 'rating_total'"


def give(times: int) -> str:
    return f"""INSERT INTO rating (film_id, score) SELECT film, score
               FROM unnest(ARRAY['{ALIEN}', '{BRAZIL}']::uuid[]) AS film
               CROSS JOIN unnest(ARRAY{SCORES}) AS score CROSS JOIN generate_series(1, {times})"""


@pytest.fixture
async def rated(database: Database) -> Database:
    await load_catalogue(database)
    await execute(database, "DELETE FROM rating", give(1))
    return database


async def histogram(database: Database) -> dict[int, int]:
    """Of one of the films: how often each score."""
    async with database.transaction() as connection:
        statement = text("SELECT scores FROM rating_total WHERE film_id = :film")
        rows = (await connection.execute(statement, {"film": ALIEN})).scalars().all()
    summed = [sum(counts) for counts in zip(*rows, strict=True)]
    return {score: count for score, count in enumerate(summed, start=2) if count}


async def differs(database: Database) -> bool:
    return bool(await check_ratings(database, repair=False, progress=lambda _done, _total: None))


async def test_many_scores_of_a_film_in_one_statement(rated: Database) -> None:
    assert await histogram(rated) == {2: 2, 7: 3, 19: 1, 20: 1}
    assert not await differs(rated)


async def test_many_of_them_changed_in_one_statement(rated: Database) -> None:
    await execute(rated, "UPDATE rating SET score = CASE score WHEN 2 THEN 20 WHEN 20 THEN 2 ELSE score END")
    assert await histogram(rated) == {2: 1, 7: 3, 19: 1, 20: 2}
    assert not await differs(rated)


async def test_many_of_them_taken_away_in_one_statement(rated: Database) -> None:
    await execute(rated, "DELETE FROM rating WHERE score IN (2, 7)")
    assert await histogram(rated) == {19: 1, 20: 1}
    assert not await differs(rated)


async def test_a_row_is_written_once_for_each_score_and_not_for_each_who_gave_it(rated: Database) -> None:
    """A statement that writes a row again and again takes time by the square of it."""
    async with rated.transaction() as connection:
        before = await connection.scalar(text(WRITTEN)) or 0
        await connection.execute(text(give(50)))
        assert await connection.scalar(text(WRITTEN)) - before == len(set(SCORES)) * 2
    assert await histogram(rated) == {2: 102, 7: 153, 19: 51, 20: 51}
