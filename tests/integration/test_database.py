"""The database for somebody who waits: within a time, and at once while it lately did not answer."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from kinoteka import database as module
from kinoteka.breaker import Breaker
from kinoteka.catalogue import repository
from kinoteka.database import Database, DatabaseUnavailableError, open_database


async def sleep(database: Database, seconds: float) -> None:
    async with database.answering() as connection:
        await connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


async def test_nobody_waits_longer_and_the_connections_are_free_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    database = replace(database, breaker=Breaker(clock=lambda: now[0]))
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    results = await asyncio.gather(*(sleep(database, 60) for _ in range(12)), return_exceptions=True)
    assert {type(result) for result in results} == {DatabaseUnavailableError}
    monkeypatch.setattr(module, "PATIENCE", 60)
    with pytest.raises(DatabaseUnavailableError):
        await sleep(database, 0)  # not even asked
    now[0] = 1.0
    await sleep(database, 0)
    await asyncio.gather(*(sleep(database, 0) for _ in range(12)))


async def test_a_server_that_says_no_is_as_one_that_is_not_there(database: Database) -> None:
    full = "DO $$ BEGIN RAISE SQLSTATE '53300'; END $$"
    with pytest.raises(DatabaseUnavailableError):
        async with database.answering() as connection:
            await connection.execute(text(full))


async def test_connections_of_a_server_that_restarted_cost_nothing(database: Database) -> None:
    await asyncio.gather(*(sleep(database, 0.05) for _ in range(4)))
    async with database.transaction() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid()"
            )
        )
    await asyncio.gather(*(repository.read(database, repository.ask_anything) for _ in range(40)))


async def insert_and_fail(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("INSERT INTO genre (name, name_key) VALUES ('Noir', 'noir')"))
        raise LookupError


async def test_after_statements_of_their_own_a_transaction_is_one_again(database_url: str) -> None:
    database = open_database(database_url, 1)
    await repository.read(database, repository.ask_anything)
    with pytest.raises(LookupError):
        await insert_and_fail(database)
    async with database.transaction() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM genre")) == 0
    await database.close()
