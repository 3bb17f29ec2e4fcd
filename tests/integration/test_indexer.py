"""The consumer against a real database and a real index: after any change both say the same, document by document."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from capture_cases import ALIEN, BRAZIL, CHANGES, COMEDY, SCOTT, WEAVER, load_catalogue
from indexer_steps import build, connected, differences, execute, running, settled, until
from sqlalchemy import text

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.snapshot import Snapshot
from kinoteka.catalogue.documents import KINDS, build_indexed
from kinoteka.database import Database
from kinoteka.errors import UnavailableError
from kinoteka.indexer import capture, extract, service
from kinoteka.indexer.capture import Ref
from kinoteka.indexer.feed import Feed, process_all, process_batch
from kinoteka.search.documents import Document
from kinoteka.search.engine import EngineUnavailableError, Refused, SearchEngine


@pytest.fixture
async def feed(database: Database, engine: SearchEngine) -> Feed:
    """Of a small catalogue that is indexed already."""
    await load_catalogue(database)
    feed = Feed(database, engine, MemoryTokens())
    await build(feed)
    return feed


async def test_every_kind_of_change_reaches_every_document_that_shows_it(database: Database, feed: Feed) -> None:
    wrong: dict[str, list[Ref]] = {}
    for change, _ in CHANGES:
        async with connected(database) as connection:
            before = connection.transaction()
            await before.start()
            await connection.execute(change)
            await process_all(feed, connection)
            wrong[change] = await differences_within(connection, feed)
            await before.rollback()
            await write_all_again(connection, feed)
    assert {change: refs for change, refs in wrong.items() if refs} == {}


async def differences_within(connection: capture.Connection, feed: Feed) -> list[Ref]:
    """As `differences`, inside a transaction that is not committed."""
    found: list[Ref] = []
    for kind in KINDS:
        true = {record.id: record.body async for record in extract.stream_records(connection, kind)}
        indexed = {fingerprint.id async for fingerprint in feed.engine.fingerprints(kind)}
        found += [(kind, doc_id) for doc_id in indexed ^ set(true)]
        for doc_id in indexed & set(true):
            stored = await feed.engine.get(kind, doc_id)
            if stored is None or stored.data != true[doc_id]:
                found.append((kind, doc_id))
    return found


async def write_all_again(connection: capture.Connection, feed: Feed) -> None:
    refs: set[Ref] = set()
    for kind in KINDS:
        refs |= {(kind, fingerprint.id) async for fingerprint in feed.engine.fingerprints(kind)}
        refs |= {(kind, record.id) async for record in extract.stream_records(connection, kind)}
    made = await extract.make_by_id(connection, refs)
    await feed.engine.write(made.documents, made.missing, version=await capture.draw_version(connection))


async def test_streaming_gives_the_records_that_are_built_by_id(database: Database) -> None:
    await load_catalogue(database)
    await execute(
        database,
        f"INSERT INTO film (id, title, title_key, year) VALUES ('{UUID(int=0)}', 'Lowest id', 'lowest id', 2000)",
        "INSERT INTO film (title, title_key, year) SELECT 'Film ' || n, 'film ' || n, 2000 "
        "FROM generate_series(1, 1100) AS n",
        "UPDATE film SET deleted_at = now() WHERE title LIKE 'Film %7'",
    )
    async with connected(database) as connection, database.transaction() as other:
        for kind in KINDS:
            streamed = [record async for record in extract.stream_records(connection, kind)]
            ids = list(await other.scalars(text(f"SELECT id FROM {kind}")))
            built = await build_indexed(other, kind, ids)
            assert streamed == sorted(built, key=lambda record: record.id)


async def test_a_first_index_is_built_and_changes_follow(database: Database, engine: SearchEngine) -> None:
    await load_catalogue(database)
    async with running(database, engine):
        await settled(database, engine)
        assert await engine.count("film") == 2
        await execute(
            database,
            f"UPDATE person SET name = 'Sir Ridley Scott' WHERE id = '{SCOTT}'",
            f"UPDATE film SET deleted_at = now() WHERE id = '{BRAZIL}'",
        )
        await settled(database, engine)
        film = await engine.get("film", ALIEN)
        assert film is not None
        assert b"Sir Ridley Scott" in film.data
        assert await engine.get("film", BRAZIL) is None
    assert await differences(database, engine) == []


async def test_a_change_is_visible_before_its_tokens_change_and_they_before_it_is_acknowledged(
    database: Database, feed: Feed
) -> None:
    seen: list[tuple[list[str], bool]] = []

    class Watching(MemoryTokens):
        async def renew(self, names: Sequence[str], seen_by: Snapshot | None = None) -> None:
            film = await feed.engine.get("film", ALIEN)
            seen.append((sorted(names), film is not None and b"Alien 3" in film.data))
            await super().renew(names, seen_by)

    feed.tokens = Watching()
    await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        assert await process_batch(feed, connection) == 1
    touched = [f"film:{ALIEN}", f"person:{SCOTT}", f"person:{WEAVER}", "film"]
    assert seen == [(sorted(touched), True)]


async def test_a_film_that_is_written_again_makes_the_pages_of_its_people_new(database: Database, feed: Feed) -> None:
    names = [f"film:{ALIEN}", f"person:{SCOTT}", f"person:{WEAVER}"]
    before = [feed.tokens.current([name]) for name in names]
    async with connected(database) as connection:
        await capture.put(connection, [("film", ALIEN)])
        assert await process_batch(feed, connection) == 1
    assert all(feed.tokens.current([name]) != old for name, old in zip(names, before, strict=True))


async def test_nothing_is_acknowledged_that_was_not_written(database: Database, feed: Feed) -> None:
    engine, writes = feed.engine, []

    class Down:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        async def write(
            self, documents: Sequence[Document], deleted: Sequence[Ref] = (), **which: Any
        ) -> list[Refused]:
            writes.append(len(documents))
            raise EngineUnavailableError("down")

    feed.engine = Down()  # type: ignore[assignment]  # all but `write` is the engine's own
    before = feed.tokens.current([f"film:{ALIEN}"])
    await execute(database, f"UPDATE film SET year = 1999 WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        with pytest.raises(EngineUnavailableError):
            await process_batch(feed, connection)
        assert feed.tokens.current([f"film:{ALIEN}"]) == before
        feed.engine = engine
        assert await process_batch(feed, connection) == 1
    assert writes == [1]
    assert await differences(database, engine) == []


async def test_a_document_that_cannot_be_made_is_set_aside_and_the_rest_goes_on(
    database: Database, engine: SearchEngine
) -> None:
    """No program can read a year of five digits, but PostgreSQL stores it."""
    await load_catalogue(database)
    async with running(database, engine):
        await settled(database, engine)
        await execute(database, f"UPDATE film SET created_at = '20000-01-01', year = 2001 WHERE id = '{ALIEN}'")
        await execute(database, f"UPDATE film SET year = 2002 WHERE id = '{BRAZIL}'")
        await settled(database, engine)
        assert await differences(database, engine) == [("film", ALIEN)]
        async with database.transaction() as connection:
            letter = (await connection.execute(text("SELECT * FROM search_dead_letter"))).one()
        assert (letter.index, letter.doc_id, letter.status, letter.attempts) == ("film", ALIEN, "build", 1)
        assert "ValidationError" in letter.reason
        await execute(database, "UPDATE search_dead_letter SET next_try = now()")
        await until(lambda: attempts_are(database, 2))
        await execute(database, f"UPDATE film SET created_at = '2000-01-01' WHERE id = '{ALIEN}'")
        await settled(database, engine)
        assert (await service.get_status(database)).dead_letters == 0
    assert await differences(database, engine) == []


async def attempts_are(database: Database, number: int) -> bool:
    async with database.transaction() as connection:
        return await connection.scalar(text("SELECT attempts FROM search_dead_letter")) == number


async def test_a_document_that_the_engine_refuses_is_set_aside_and_the_rest_goes_on(
    database: Database, feed: Feed
) -> None:
    engine = feed.engine

    class Picky:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        async def write(
            self, documents: Sequence[Document], deleted: Sequence[Ref] = (), **which: Any
        ) -> list[Refused]:
            if any(document.id == SCOTT for document in documents):
                raise RuntimeError("malformed")
            await engine.write(documents, deleted, **which)
            return []

    feed.engine = Picky()  # type: ignore[assignment]  # all but `write` is the engine's own
    await execute(
        database,
        "UPDATE film SET year = 1999",
        f"UPDATE person SET name = 'Sir Ridley' WHERE id = '{SCOTT}'",
        f"DELETE FROM credit WHERE person_id = '{WEAVER}'",
    )
    async with connected(database) as connection:
        await process_all(feed, connection)
        letters = await connection.fetch("SELECT index, doc_id, status, reason FROM search_dead_letter")
    assert [tuple(letter) for letter in letters] == [("person", SCOTT, "write", "RuntimeError: malformed")]
    assert await differences(database, engine) == [("person", SCOTT)]


async def test_an_engine_that_refuses_everything_sets_nothing_aside(database: Database, feed: Feed) -> None:
    engine = feed.engine

    class Broken:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        async def write(
            self, documents: Sequence[Document], deleted: Sequence[Ref] = (), **which: Any
        ) -> list[Refused]:
            raise RuntimeError("broken")

    feed.engine = Broken()  # type: ignore[assignment]  # all but `write` is the engine's own
    await execute(database, "UPDATE film SET year = 1999")
    async with connected(database) as connection:
        with pytest.raises(UnavailableError):
            await process_batch(feed, connection)
    status = await service.get_status(database)
    assert (status.depth, status.dead_letters) == ((2, 0), 0)


async def test_a_bulk_change_holds_all_kinds_until_the_new_index_is_there(
    database: Database, engine: SearchEngine
) -> None:
    await load_catalogue(database)
    tokens = MemoryTokens()
    async with running(database, engine, tokens):
        await settled(database, engine)
        await until(lambda: nothing_pending(tokens))
        names = [f"film:{ALIEN}", "film"]
        before, first = [tokens.current([name]) for name in names], await engine.find_build()
        await execute(database, "SET LOCAL kinoteka.bulk = 'on'", "UPDATE film SET title = title || '!', year = 1990")
        await settled(database, engine)
        await until(lambda: nothing_pending(tokens))
        assert all(tokens.current([name]) != old for name, old in zip(names, before, strict=True))
        assert await engine.find_build() != first
    assert await differences(database, engine) == []


async def nothing_pending(tokens: MemoryTokens) -> bool:
    return not any(tokens.is_pending(kind) for kind in KINDS)


async def test_while_a_rebuild_is_due_a_live_change_does_not_end_the_holding(database: Database, feed: Feed) -> None:
    await feed.expect_rebuild(1)
    await execute(database, f"UPDATE film SET year = 1999 WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        await process_batch(feed, connection)
        assert all(feed.tokens.is_pending(kind) for kind in KINDS)
        await build(feed)
        assert not any(feed.tokens.is_pending(kind) for kind in KINDS)


async def test_a_request_that_comes_during_a_build_is_not_forgotten(database: Database, feed: Feed) -> None:
    def meanwhile(_done: int, _total: int) -> None:
        tasks.append(asyncio.ensure_future(service.request_rebuild(database)))

    tasks: list[asyncio.Future[None]] = []
    await service.request_rebuild(database)
    await build(feed, meanwhile)
    await asyncio.gather(*tasks)
    assert (await service.get_status(database)).rebuild_needed


async def test_a_lost_connection_is_replaced(database: Database, engine: SearchEngine) -> None:
    await load_catalogue(database)
    async with running(database, engine):
        await settled(database, engine)
        for year in (1991, 1992, 1993):
            await execute(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'kinoteka-indexer' AND datname = current_database()",
                f"UPDATE film SET year = {year}",
            )
            await settled(database, engine)
            assert await differences(database, engine) == []


async def test_reconciling_finds_and_repairs_missing_stale_and_ghost_documents(database: Database, feed: Feed) -> None:
    engine = feed.engine
    assert await service.reconcile(database, engine, feed.tokens) == 0
    async with connected(database) as connection:
        brazil = (await extract.make_by_id(connection, [("film", BRAZIL)])).documents[0]
        ghost = Document(**{field: getattr(brazil, field) for field in brazil.__struct_fields__} | {"id": uuid4()})
        version = await capture.draw_version(connection)
        await engine.write([ghost], [("film", ALIEN), ("genre", COMEDY)], version=version)
        await connection.execute(f"UPDATE person SET name = 'Changed' WHERE id = '{SCOTT}'")
        await connection.execute("DELETE FROM search_outbox")
    assert len(await differences(database, engine)) == 4
    assert await service.reconcile(database, engine, feed.tokens) == 4
    assert await differences(database, engine) == []
    assert await service.reconcile(database, engine, feed.tokens) == 0


async def test_what_shows_in_thousands_of_films_changes_behind_direct_changes(database: Database, feed: Feed) -> None:
    extra = capture.LARGE_FAN_OUT + 100
    await execute(
        database,
        "SET LOCAL kinoteka.bulk = 'on'",
        "INSERT INTO film (title, title_key, year) SELECT 'Film ' || n, 'film ' || n, 2000 "
        f"FROM generate_series(1, {extra}) AS n",
        f"INSERT INTO film_genre SELECT id, 0, '{COMEDY}' FROM film WHERE title LIKE 'Film %'",
    )
    engine = feed.engine
    async with connected(database) as connection:
        await build(feed)
        await connection.execute(f"UPDATE genre SET name = 'Comedies' WHERE id = '{COMEDY}'")
        assert await process_batch(feed, connection) == 1
        status = await service.get_status(database)
        assert status.depth == (0, extra + 2)
        await connection.execute(f"UPDATE film SET year = 1999 WHERE id = '{ALIEN}'")
        await process_batch(feed, connection)
        film = await engine.get("film", ALIEN)
        assert film is not None
        assert b'"year":1999' in film.data
        assert (await service.get_status(database)).depth[1] > extra // 2
        await process_all(feed, connection)
    assert await differences(database, engine) == []


async def test_the_status_tells_what_waits_and_who_works(database: Database, engine: SearchEngine) -> None:
    await load_catalogue(database)
    status = await service.get_status(database)
    assert (status.depth, status.age, status.consumer, status.heartbeat) == ((0, 0), 0.0, False, None)
    await execute(database, "UPDATE film SET year = 1999")
    await service.request_rebuild(database)
    status = await service.get_status(database)
    assert (status.depth, status.rebuild_needed, status.rebuild_reason) == ((2, 0), True, "asked for")
    assert status.age > 0
    async with running(database, engine):
        await settled(database, engine)
        status = await service.get_status(database)
        assert (status.consumer, status.index_name, status.build) == (True, await engine.find_build(), None)


async def test_progress_ends_with_everything_done(database: Database, engine: SearchEngine) -> None:
    await load_catalogue(database)
    seen: list[tuple[int, int]] = []
    await service.rebuild(database, engine, MemoryTokens(), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8, 8)
    assert seen == sorted(seen)
    assert await differences(database, engine) == []


async def test_genres_wait_for_their_turn_and_hold_up_nothing_else(database: Database, feed: Feed) -> None:
    await execute(database, f"UPDATE film SET deleted_at = now() WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        await capture.leave_genres(connection, 1000)
        assert await process_batch(feed, connection) == 1
        assert await process_batch(feed, connection) == 0
        assert await feed.engine.get("film", ALIEN) is None
        assert (await service.get_status(database)).depth == (2, 0)
        await capture.leave_genres(connection, 0)
        before = await connection.fetchval("SELECT clock_timestamp()")
        assert await process_batch(feed, connection) == 2
        assert await connection.fetchval("SELECT due FROM search_genre_pace") > before
    assert await differences(database, feed.engine) == []


async def test_more_shown_documents_than_a_batch_takes_are_all_written(database: Database, feed: Feed) -> None:
    persons = capture.MOST_SHOWN + 50
    await execute(
        database,
        "SET LOCAL kinoteka.bulk = 'on'",
        f"INSERT INTO person (name) SELECT 'Extra ' || n FROM generate_series(1, {persons}) AS n",
        "INSERT INTO film (title, title_key, year) "
        "SELECT 'Film ' || n, 'film ' || n, 2000 FROM generate_series(1, 10) AS n",
        """
        INSERT INTO credit SELECT f.id, 'writer', p.n / 10, p.id FROM
        (SELECT id, row_number() OVER () AS n FROM person WHERE name LIKE 'Extra %') AS p
        JOIN (SELECT id, row_number() OVER () AS n FROM film WHERE title LIKE 'Film %') AS f ON f.n = 1 + p.n % 10
        """,
    )
    await build(feed)
    await execute(database, "UPDATE film SET deleted_at = now() WHERE title LIKE 'Film %'")
    async with connected(database) as connection:
        assert await process_batch(feed, connection) == 10
        assert (await service.get_status(database)).depth == (50, 0)
        await process_all(feed, connection)
    assert await differences(database, feed.engine) == []
