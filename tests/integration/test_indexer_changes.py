"""Changes that come at awkward moments or in great numbers, on each engine: at rest, both sides are the same."""

from uuid import UUID

import pytest
from capture_cases import ALIEN, BRAZIL, COMEDY, HORROR, SCOTT, WEAVER, load_catalogue
from indexer_steps import build, connected, differences, execute, running, settled

from kinoteka.cache.memory import MemoryTokens
from kinoteka.database import Database
from kinoteka.indexer import service
from kinoteka.indexer.feed import Feed, process_all, process_batch
from kinoteka.search.engine import SearchEngine

MANY = """
INSERT INTO film (title, title_key, year) SELECT 'Film ' || n, 'film ' || n, 2000 FROM generate_series(1, {}) AS n
"""


@pytest.fixture
async def feed(database: Database, engine: SearchEngine) -> Feed:
    await load_catalogue(database)
    feed = Feed(database, engine, MemoryTokens())
    await build(feed)
    return feed


async def is_right(database: Database, feed: Feed) -> bool:
    async with connected(database) as connection:
        await process_all(feed, connection)
    return await differences(database, feed.engine) == []


@pytest.mark.parametrize(
    "changes",
    [
        [f"UPDATE credit SET role = 'writer', character = NULL WHERE film_id = '{ALIEN}' AND role = 'actor'"],
        [f"UPDATE credit SET position = 5 WHERE film_id = '{ALIEN}' AND role = 'actor'"],
        [f"UPDATE credit SET film_id = '{BRAZIL}', position = 9 WHERE role = 'director'"],
        [f"UPDATE credit SET person_id = '{SCOTT}' WHERE role = 'actor'"],
        [f"UPDATE person SET deleted_at = now() WHERE id = '{WEAVER}'"],
        [f"DELETE FROM credit WHERE person_id = '{WEAVER}'", f"DELETE FROM person WHERE id = '{WEAVER}'"],
        [f"UPDATE genre SET name = 'Terror', name_key = 'terror' WHERE id = '{HORROR}'"],
        [f"UPDATE genre SET deleted_at = now() WHERE id = '{COMEDY}'"],
        [f"DELETE FROM film_genre WHERE genre_id = '{COMEDY}'", f"DELETE FROM genre WHERE id = '{COMEDY}'"],
        [
            f"DELETE FROM film WHERE id = '{BRAZIL}'",
            f"INSERT INTO film (id, title, title_key, year) VALUES ('{BRAZIL}', 'Brazil again', 'brazil again', 1986)",
        ],
        [
            f"INSERT INTO film (id, title, title_key, year) VALUES ('{UUID(int=99)}', 'Short-lived', 'short', 1986)",
            f"DELETE FROM film WHERE id = '{UUID(int=99)}'",
        ],
    ],
    ids=lambda changes: changes[-1][:60],
)
async def test_both_sides_are_the_same_after(database: Database, feed: Feed, changes: list[str]) -> None:
    await execute(database, *changes)
    assert await is_right(database, feed)


async def test_a_transaction_that_commits_after_a_later_one_was_indexed(database: Database, feed: Feed) -> None:
    async with connected(database) as writer, connected(database) as connection:
        late = writer.transaction()
        await late.start()
        await writer.execute(f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
        await writer.execute(f"INSERT INTO credit VALUES ('{BRAZIL}', 'director', 0, '{SCOTT}')")
        await execute(database, f"UPDATE film SET title = 'Brazil 2' WHERE id = '{BRAZIL}'")
        await process_all(feed, connection)
        await late.commit()
    assert await is_right(database, feed)


async def test_a_statement_over_thousands_of_rows(database: Database, feed: Feed) -> None:
    await execute(database, MANY.format(5100))
    assert await is_right(database, feed)
    await execute(
        database, "UPDATE film SET year = year - 1, version = version + 1", "DELETE FROM film WHERE year = 1978"
    )
    assert await is_right(database, feed)
    assert await feed.engine.count("film") == 5101


async def test_truncate(database: Database, engine: SearchEngine) -> None:
    await load_catalogue(database)
    async with running(database, engine):
        await settled(database, engine)
        await execute(database, "TRUNCATE film CASCADE")
        await settled(database, engine)
        assert await engine.count("film") == 0
        assert await differences(database, engine) == []


async def test_a_name_in_thousands_of_films_comes_behind_direct_changes(database: Database, feed: Feed) -> None:
    await execute(
        database,
        "SET LOCAL kinoteka.bulk = 'on'",
        MANY.format(4000),
        f"INSERT INTO credit SELECT id, 'writer', 0, '{SCOTT}' FROM film WHERE title LIKE 'Film %'",
    )
    await build(feed)
    async with connected(database) as connection:
        await execute(database, f"UPDATE person SET name = 'Sir Ridley' WHERE id = '{SCOTT}'")
        await process_batch(feed, connection)
        for number in range(3):
            await execute(database, f"UPDATE film SET title = 'Brazil {number}' WHERE id = '{BRAZIL}'")
            await process_batch(feed, connection)
            film = await feed.engine.get("film", BRAZIL)
            assert film is not None
            assert f"Brazil {number}".encode() in film.data
            assert (await service.get_status(database)).depth[1] > 1000
    assert await is_right(database, feed)


async def test_what_was_refused_is_listed_and_can_be_tried_again_or_forgotten(database: Database, feed: Feed) -> None:
    await execute(database, f"UPDATE film SET created_at = '20000-01-01' WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        await process_all(feed, connection)
        (letter,) = await service.list_dead_letters(database, 10)
        assert (letter.kind, letter.id, letter.status, letter.attempts) == ("film", ALIEN, "build", 1)
        assert await service.retry_dead_letters(database, [BRAZIL]) == 0
        assert await service.retry_dead_letters(database, None) == 1
        await process_all(feed, connection)
        (letter,) = await service.list_dead_letters(database, 10)
        assert letter.attempts == 2
        assert await service.drop_dead_letters(database, [ALIEN]) == 1
    assert await service.list_dead_letters(database, 10) == []
