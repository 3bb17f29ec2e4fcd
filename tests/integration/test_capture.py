"""What a change of the catalogue writes into the outbox: exactly the rows whose documents it changes."""

import asyncio

import pytest
from capture_cases import ALIEN, BRAZIL, CHANGES, Event, load_catalogue
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.database import Database
from kinoteka.indexer import capture


@pytest.fixture
async def catalogue(database: Database) -> Database:
    await load_catalogue(database)
    return database


async def events(connection: AsyncConnection) -> list[Event]:
    kinds = {code: kind for kind, code in capture.CODES.items()}
    rows = await connection.execute(text("SELECT ascii(kind) AS code, doc_id, reach FROM search_outbox"))
    return [(kinds[bytes([row.code])], row.doc_id, row.reach) for row in rows]


async def marks(connection: AsyncConnection) -> list[str]:
    return list(await connection.scalars(text("SELECT reason FROM search_rebuild_request ORDER BY id")))


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=[change for change, _ in CHANGES])
async def test_a_change_writes_exactly_the_events_of_what_it_changes(
    catalogue: Database, change: str, expected: set[Event]
) -> None:
    async with catalogue.transaction() as connection:
        await connection.execute(text(change))
    async with catalogue.transaction() as connection:
        assert set(await events(connection)) == expected
        assert await marks(connection) == []


@pytest.mark.parametrize("change", [change for change, expected in CHANGES if expected])
async def test_a_bulk_change_asks_for_a_rebuild_instead(catalogue: Database, change: str) -> None:
    async with catalogue.transaction() as connection:
        await connection.execute(text("SET LOCAL kinoteka.bulk = 'on'"))
        await connection.execute(text(change))
        await connection.execute(text("UPDATE film SET year = year + 1"))
    async with catalogue.transaction() as connection:
        assert await events(connection) == []
        assert len(await marks(connection)) == 1


@pytest.mark.parametrize("change", [change for change, expected in CHANGES if not expected])
async def test_a_bulk_writer_that_changes_nothing_asks_for_nothing(catalogue: Database, change: str) -> None:
    async with catalogue.transaction() as connection:
        await connection.execute(text("SET LOCAL kinoteka.bulk = 'on'"))
        await connection.execute(text(change))
    async with catalogue.transaction() as connection:
        assert await events(connection) == []
        assert await marks(connection) == []


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        ("UPDATE rating_weight SET m = 200", True),
        ("UPDATE rating_weight SET c = 7", True),
        ("UPDATE rating_weight SET m = 100.0, c = 6.50", False),
        ("DELETE FROM rating_weight", True),
        ("TRUNCATE rating_weight", True),
        ("TRUNCATE film CASCADE", True),
        ("TRUNCATE credit", True),
        ("TRUNCATE person CASCADE", True),
        ("TRUNCATE genre CASCADE", True),
        ("TRUNCATE film_genre", True),
        ("TRUNCATE alternative_title", True),
        ("TRUNCATE film_external_id", True),
        ("TRUNCATE rating", True),
        ("TRUNCATE person_external_id", False),
        ("SELECT search_rebuild_needed(), search_rebuild_needed('twice')", True),
    ],
)
async def test_what_concerns_all_documents_asks_for_one_rebuild(catalogue: Database, change: str, asks: bool) -> None:
    async with catalogue.transaction() as connection:
        await connection.execute(text(change))
    async with catalogue.transaction() as connection:
        assert len(await marks(connection)) == asks
        assert await events(connection) == []


async def test_a_rolled_back_change_leaves_nothing(catalogue: Database) -> None:
    async with catalogue.engine.connect() as connection:
        await connection.execute(text("UPDATE film SET year = 1990"))
        await connection.execute(text("SELECT search_rebuild_needed()"))
        await connection.rollback()
        assert (await events(connection), await marks(connection)) == ([], [])


async def test_a_failed_statement_leaves_nothing(catalogue: Database) -> None:
    with pytest.raises(IntegrityError):
        async with catalogue.transaction() as connection:
            await connection.execute(text("UPDATE film SET year = 1"))
    async with catalogue.transaction() as connection:
        assert await events(connection) == []


async def test_a_large_statement_goes_into_the_slow_lane(catalogue: Database) -> None:
    insert = "INSERT INTO person (name) SELECT 'Extra ' || n FROM generate_series(1, :n) AS n"
    async with catalogue.transaction() as connection:
        await connection.execute(text(insert), {"n": capture.LARGE_FAN_OUT})
        assert await lanes(connection) == {0: capture.LARGE_FAN_OUT}
        await connection.execute(text(insert), {"n": capture.LARGE_FAN_OUT + 1})
        assert await lanes(connection) == {0: capture.LARGE_FAN_OUT, 1: capture.LARGE_FAN_OUT + 1}


async def lanes(connection: AsyncConnection) -> dict[int, int]:
    rows = await connection.execute(text("SELECT lane, count(*) AS n FROM search_outbox GROUP BY lane"))
    return {row.lane: row.n for row in rows}


async def test_writers_of_the_same_rows_do_not_wait_for_the_consumer(catalogue: Database) -> None:
    """The consumer holds its claim of a film; another writer changes and commits the same film meanwhile."""
    async with catalogue.transaction() as connection:
        await connection.execute(text("UPDATE film SET year = 1990"))
    consumer = await catalogue.connect()
    try:
        async with consumer.transaction():
            assert len(await capture.claim(consumer, 10, 10)) == 2
            async with asyncio.timeout(10), catalogue.transaction() as connection:
                await connection.execute(text("UPDATE film SET year = 1991"))
        assert {(e.kind, e.id) for e in await capture.claim(consumer, 10, 10)} == {("film", ALIEN), ("film", BRAZIL)}
    finally:
        await consumer.close()


async def test_a_claim_that_is_not_committed_is_back_and_an_uncommitted_change_is_claimed_later(
    catalogue: Database,
) -> None:
    consumer, writer = await catalogue.connect(), await catalogue.connect()
    try:
        open_change = writer.transaction()
        await open_change.start()
        await writer.execute(f"UPDATE film SET year = 1990 WHERE id = '{ALIEN}'")
        await writer.execute("SELECT nextval('search_version')")
        async with catalogue.transaction() as connection:
            await connection.execute(text(f"UPDATE film SET year = 1990 WHERE id = '{BRAZIL}'"))
        claim = consumer.transaction()
        await claim.start()
        assert [e.id for e in await capture.claim(consumer, 10, 10)] == [BRAZIL]
        await claim.rollback()
        assert [e.id for e in await capture.claim(consumer, 10, 10)] == [BRAZIL]
        await open_change.commit()
        assert [e.id for e in await capture.claim(consumer, 10, 10)] == [ALIEN]
    finally:
        await consumer.close()
        await writer.close()


async def test_versions_rise_within_an_epoch_and_with_each_epoch(catalogue: Database) -> None:
    connection = await catalogue.connect()
    try:
        first, second = await capture.draw_version(connection), await capture.draw_version(connection)
        await connection.execute("SELECT setval('search_version', 1, false)")  # as a crash may do
        await capture.raise_epoch(connection)
        assert first < second < await capture.draw_version(connection)
    finally:
        await connection.close()
