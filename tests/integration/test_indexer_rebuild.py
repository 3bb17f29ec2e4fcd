"""A full build while the catalogue changes under it and is read: nothing stale, no ghosts, no failed read."""

import asyncio
from random import Random
from uuid import UUID

import asyncpg
from indexer_steps import differences, running, settled
from sqlalchemy import text

from kinoteka.database import Database
from kinoteka.indexer import service
from kinoteka.search.engine import SearchEngine

FILMS = 1200
LOAD = (
    """
    INSERT INTO film (id, title, title_key, year)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 'Film ' || n, 'film ' || n, 2000 FROM generate_series(1, :films) AS n
    """,
    "INSERT INTO person (name) SELECT 'Person ' || n FROM generate_series(1, 300) AS n",
    "INSERT INTO genre (name, name_key) SELECT 'Genre ' || n, 'genre ' || n FROM generate_series(1, 10) AS n",
    """
    INSERT INTO credit SELECT f.id, 'actor', 0, p.id FROM (SELECT id, row_number() OVER () AS n FROM film) AS f
    JOIN (SELECT id, row_number() OVER () AS n FROM person) AS p ON p.n = 1 + f.n % 300
    """,
    """
    INSERT INTO film_genre SELECT f.id, 0, g.id FROM (SELECT id, row_number() OVER () AS n FROM film) AS f
    JOIN (SELECT id, row_number() OVER () AS n FROM genre) AS g ON g.n = 1 + f.n % 10
    """,
)
LONGER = "rtrim({0}, '!') || repeat('!', 1 + length({0}) % 40)"
CHANGES = (
    f"UPDATE film SET title = {LONGER.format('title')}, version = version + 1 WHERE id = $1",
    "UPDATE film SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = $1",
    "DELETE FROM film WHERE id = $1",
    "INSERT INTO film (id, title, title_key, year) VALUES ($1, 'Again', 'again', 2001)",
    f"UPDATE person SET name = {LONGER.format('name')} WHERE id = (SELECT person_id FROM credit WHERE film_id = $1)",
    f"""
    UPDATE genre SET name = {LONGER.format("name")}, name_key = {LONGER.format("name_key")}
    WHERE id = (SELECT genre_id FROM film_genre WHERE film_id = $1)
    """,
)


async def test_builds_under_a_load_of_changes_leave_index_and_database_equal(
    database: Database, engine: SearchEngine
) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("SET LOCAL kinoteka.bulk = 'on'"))
        for statement in LOAD:
            await connection.execute(text(statement), {"films": FILMS} if ":films" in statement else {})
    stop = asyncio.Event()
    async with running(database, engine):
        await settled(database, engine)
        users = [asyncio.create_task(task) for task in (write(database, Random(1), stop), read(engine, stop))]
        for _ in range(3):
            before = await engine.find_build()
            await service.request_rebuild(database)
            await service.await_rebuild(database, lambda _done, _total: None)
            assert await engine.find_build() != before
        stop.set()
        changes, reads = await asyncio.gather(*users)
        assert changes > 50
        assert reads > 50
        await settled(database, engine)
    assert await differences(database, engine) == []


async def write(database: Database, random: Random, stop: asyncio.Event) -> int:
    """How many changes it made."""
    connection, count = await database.connect(), 0
    try:
        while not stop.is_set():
            film = UUID(int=random.randint(1, FILMS))
            try:
                await connection.execute(random.choice(CHANGES), film)
            except asyncpg.UniqueViolationError:  # the film it would bring back was never removed
                continue
            count += 1
    finally:
        await connection.close()
    return count


async def read(engine: SearchEngine, stop: asyncio.Event) -> int:
    """How many reads succeeded: all of them, or it raises."""
    count = 0
    while not stop.is_set():
        assert await engine.count("film") > 0
        await engine.get("film", UUID(int=1 + count % FILMS))
        count += 1
        await asyncio.sleep(0.001)
    return count
