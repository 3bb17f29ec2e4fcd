"""A shared engine: several consumers at once, builds that go on in another process, starts after a restore."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from capture_cases import ALIEN, BRAZIL, load_catalogue
from indexer_steps import MakeEngine, build, connected, differences, execute, running, settled, until

from kinoteka.cache.memory import MemoryTokens
from kinoteka.catalogue.documents import KINDS
from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.indexer import capture, rebuild, service, starting, targets
from kinoteka.indexer.connection import BARRIER, LockHeldError, builder, one_consumer, sole_consumer
from kinoteka.indexer.feed import Feed, process_all, process_batch
from kinoteka.indexer.verifying import IncompleteBuildError
from kinoteka.search.documents import Document
from kinoteka.search.elasticsearch.generations import ElasticsearchBuild
from kinoteka.search.engine import EngineUnavailableError, Ref, Refused, SearchEngine

MANY = """
INSERT INTO film (id, title, title_key, year)
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'Film ' || n, 'film ' || n, 2000
FROM generate_series(1000, 1000 + {}) AS n
"""


@pytest.fixture
def engine_name() -> str:
    return "elasticsearch"


@pytest.fixture
def engine(make_engine: MakeEngine) -> SearchEngine:
    return make_engine()


@pytest.fixture
async def feed(database: Database, engine: SearchEngine) -> Feed:
    """Of a small catalogue that is indexed already."""
    await load_catalogue(database)
    feed = Feed(database, engine, MemoryTokens())
    await build(feed)
    return feed


async def test_consumers_in_several_processes_share_the_changes(database: Database, make_engine: MakeEngine) -> None:
    await load_catalogue(database)
    await execute(database, "SET LOCAL kinoteka.bulk = 'on'", MANY.format(300))
    first, second = make_engine(), make_engine()
    async with running(database, first), running(database, second):
        await settled(database, first)
        writers = [write_on(database, offset) for offset in range(3)]
        await asyncio.gather(*writers)
        await settled(database, first)
        assert (await service.get_status(database)).consumers == 4
        assert len(await service.get_consumers(database)) == 2
    assert await differences(database, first) == []


async def write_on(database: Database, offset: int) -> None:
    """Changes of the same films by several writers."""
    connection = await database.connect()
    for number in range(60):
        film = UUID(f"00000000-0000-0000-0000-{1000 + (number * 7 + offset) % 50:012}")
        await connection.execute("UPDATE film SET title = title || '!', version = version + 1 WHERE id = $1", film)
        if number % 5 == offset:
            await connection.execute("DELETE FROM film WHERE id = $1", film)
    await connection.close()


async def test_a_sole_consumer_and_shared_ones_keep_out_of_each_others_way(database: Database) -> None:
    async with one_consumer(database), one_consumer(database):
        with pytest.raises(LockHeldError):
            async with sole_consumer(database):
                pass


async def test_of_two_batches_the_later_claim_wins_in_whatever_order_they_are_written(
    database: Database, feed: Feed
) -> None:
    engine, released, held = feed.engine, asyncio.Event(), asyncio.Event()

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(engine, name)

        async def write(
            self, documents: Sequence[Document], deleted: Sequence[Ref] = (), **which: Any
        ) -> list[Refused]:
            held.set()
            await released.wait()
            return await engine.write(documents, deleted, **which)

    slow = Feed(database, Slow(), MemoryTokens())  # type: ignore[arg-type]  # all but `write` is the engine's own
    async with connected(database) as first, connected(database) as second:
        await execute(database, f"UPDATE film SET title = 'Alien 2' WHERE id = '{ALIEN}'")
        early = asyncio.create_task(process_batch(slow, first))
        await held.wait()
        await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
        await execute(database, f"DELETE FROM film WHERE id = '{BRAZIL}'")
        await process_all(feed, second)
        released.set()
        await early
    assert engine.conflicts > 0
    assert await differences(database, engine) == []


async def test_a_build_waits_for_batches_that_do_not_know_it(database: Database, feed: Feed) -> None:
    async with connected(database) as batch, builder(database) as connection:
        transaction = batch.transaction()
        await transaction.start()
        await batch.execute("SELECT pg_advisory_xact_lock_shared($1)", BARRIER)
        building = asyncio.create_task(rebuild.build_shared(feed, connection))
        await until(lambda: is_building(database))
        await asyncio.sleep(0.2)
        async with connected(database) as other:
            target = await targets.find_state(other, "building")
            assert target is not None
            assert target.version == 0
            assert target.name in await targets.list_written(other, feed.engine.layout)
        await transaction.commit()
        await building
    assert await differences(database, feed.engine) == []


async def is_building(database: Database) -> bool:
    return (await service.get_status(database)).build is not None


async def test_a_build_that_was_cut_off_goes_on_where_it_was(
    database: Database, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await execute(database, "SET LOCAL kinoteka.bulk = 'on'", MANY.format(250))
    monkeypatch.setitem(rebuild.CHUNKS, "film", 20)
    seen: list[int] = []

    def cut_off(done: int, _total: int) -> None:
        seen.append(done)
        if done > 100:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await build(feed, cut_off)
    async with connected(database) as connection:
        begun = await targets.find_state(connection, "building")
        await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
        await execute(database, f"DELETE FROM film WHERE id = '{BRAZIL}'")
        await process_all(feed, connection)
    assert begun is not None
    assert begun.done == seen[-1]
    before = len(seen)
    await build(feed, lambda done, _total: seen.append(done))
    assert seen[before] > begun.done
    assert await feed.engine.find_build() == begun.name
    assert not (await service.get_status(database)).rebuild_needed
    assert await differences(database, feed.engine) == []


async def test_a_build_that_lacks_something_is_not_used(
    database: Database, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinoteka.indexer.verifying.PAUSE", 0.01)
    before = await feed.engine.find_build()

    async def forget(*_: object) -> list[object]:
        return []

    with monkeypatch.context() as patch:
        patch.setattr("kinoteka.indexer.rebuild._send", forget)
        with pytest.raises(IncompleteBuildError):
            await build(feed)
    assert await feed.engine.find_build() == before
    await build(feed)
    assert await differences(database, feed.engine) == []


Step = tuple[str, ...]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """What builds began and ended, in order: write, compact and publish, with a kind or without. Films are not compact
    before a person is written."""
    done: list[Step] = []

    def noting(name: str) -> None:
        original = getattr(ElasticsearchBuild, name)

        async def noted(self: ElasticsearchBuild, *given: Any, **named: Any) -> Any:
            kinds = [one if isinstance(one, str) else one[0].kind for one in given[:1]]
            done.append(("begin", name, *kinds))
            if (name, *kinds) == ("compact", "film"):
                await until(lambda: person_is_written(done))
            answer = await original(self, *given, **named)
            done.append(("end", name, *kinds))
            return answer

        monkeypatch.setattr(ElasticsearchBuild, name, noted)

    for name in ("write", "compact", "publish"):
        noting(name)
    return done


async def person_is_written(steps: list[Step]) -> bool:
    return ("end", "write", "person") in steps or ("begin", "publish") in steps


async def test_what_is_whole_is_compacted_while_the_rest_comes_and_before_it_is_used(
    feed: Feed, steps: list[Step]
) -> None:
    await build(feed)
    for kind in KINDS:
        assert steps.index(("end", "write", kind)) < steps.index(("begin", "compact", kind))
        assert steps.index(("end", "compact", kind)) < steps.index(("begin", "publish"))
    assert steps.index(("begin", "compact", "film")) < steps.index(("end", "write", "person"))


async def test_a_build_that_goes_on_compacts_what_was_whole_before(feed: Feed, steps: list[Step]) -> None:
    def cut_off(_done: int, _total: int) -> None:
        if ("end", "write", "genre") in steps:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await build(feed, cut_off)
    steps.clear()
    steps.append(("end", "write", "person"))
    await build(feed)
    assert not any(step[:2] == ("begin", "write") for step in steps)
    assert {step[2] for step in steps if step[:2] == ("end", "compact")} == {*KINDS}
    assert steps[-1] == ("end", "publish")


async def test_a_build_is_used_that_could_not_be_compacted(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unavailable(*_: object) -> str:
        raise EngineUnavailableError("busy")

    before = await feed.engine.find_build()
    monkeypatch.setattr("kinoteka.search.elasticsearch.generations._begin_merging", unavailable)
    await build(feed)
    assert await feed.engine.find_build() != before


async def test_the_build_before_is_written_on_and_can_be_gone_back_to(database: Database, feed: Feed) -> None:
    old = await feed.engine.find_build()
    await build(feed)
    new = await feed.engine.find_build()
    assert (await service.get_status(database)).retired == old
    await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
    async with connected(database) as connection:
        await process_all(feed, connection)
    assert await service.roll_back(database, feed.engine, feed.tokens) == old
    assert await feed.engine.find_build() == old
    assert await differences(database, feed.engine) == []
    status = await service.get_status(database)
    assert (status.index_name, status.retired) == (old, new)


async def test_a_build_that_lacks_a_bulk_change_is_not_written_on(database: Database, feed: Feed) -> None:
    await execute(database, "SELECT search_rebuild_needed('bulk import')")
    await build(feed)
    async with connected(database) as connection:
        assert await targets.list_written(connection, feed.engine.layout) == [await feed.engine.find_build()]
    with pytest.raises(UsageError):
        await service.roll_back(database, feed.engine, feed.tokens)


async def test_a_build_out_of_use_is_removed_in_time(database: Database, feed: Feed) -> None:
    old = await feed.engine.find_build()
    assert old is not None
    await build(feed)
    await execute(database, "UPDATE search_target SET retired_at = now() - interval '1 h' WHERE state = 'retired'")
    with pytest.raises(UsageError):
        await service.roll_back(database, feed.engine, feed.tokens)
    async with running(database, feed.engine):
        await until(lambda: nothing_is_retired(database))
    assert await feed.engine.resume_build(old) is None


async def nothing_is_retired(database: Database) -> bool:
    return (await service.get_status(database)).retired is None


async def test_an_older_database_and_a_newer_index_become_one(database: Database, feed: Feed) -> None:
    """As a dump that is restored: what was written afterwards is in the index alone, with versions never drawn."""
    before = await dump(database)
    await execute(database, f"UPDATE film SET title = 'Alien 3', version = 7 WHERE id = '{ALIEN}'")
    await execute(database, f"DELETE FROM film WHERE id = '{BRAZIL}'", "UPDATE person SET deleted_at = now()")
    async with connected(database) as connection:
        await process_all(feed, connection)
    await restore(database, before)
    compared = await compared_at(database)
    async with running(database, feed.engine):
        await until(lambda: is_compared(database, compared))
        await settled(database, feed.engine)
    assert await differences(database, feed.engine) == []


async def test_an_older_index_and_a_newer_database_become_one(database: Database, feed: Feed) -> None:
    """As a snapshot of the index that is restored: it lacks what had been acknowledged."""
    async with connected(database) as connection:
        await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
        await connection.execute("DELETE FROM search_outbox")
        version = await capture.draw_version(connection)
        await connection.execute("UPDATE search_target SET acknowledged = $1", version)
    assert await differences(database, feed.engine) != []
    compared = await compared_at(database)
    async with running(database, feed.engine):
        await until(lambda: is_compared(database, compared))
        await settled(database, feed.engine)
    assert await differences(database, feed.engine) == []


async def test_consumers_at_work_do_not_look_like_a_restore(database: Database, feed: Feed) -> None:
    for year in range(1990, 1995):
        await execute(database, f"UPDATE film SET year = {year}")
        async with one_consumer(database) as connection:
            await starting.begin(connection, feed.engine)
            await process_all(feed, connection)
            await targets.beat(connection, feed.phases.acknowledged)
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT reconcile FROM search_target WHERE state = 'live'") is None
    assert not (await service.get_status(database)).rebuild_needed


async def compared_at(database: Database) -> datetime | None:
    return (await service.get_status(database)).reconciled_at


async def is_compared(database: Database, before: datetime | None) -> bool:
    status = await service.get_status(database)
    return status.reconciled_at != before and status.reconcile is None


TABLES = ("film", "person", "genre", "credit", "film_genre", "search_epoch")


async def dump(database: Database) -> dict[str, list[asyncpg.Record]]:
    async with connected(database) as connection:
        await connection.execute("CREATE SCHEMA kept")
        for table in TABLES:
            await connection.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM {table}")
        sequence = await connection.fetch("SELECT last_value, is_called FROM search_version")
        return {"search_version": sequence}


async def restore(database: Database, kept: dict[str, list[asyncpg.Record]]) -> None:
    async with connected(database) as connection:
        await connection.execute("SET session_replication_role = replica")  # no triggers: as pg_restore does
        for table in reversed(TABLES):
            await connection.execute(f"DELETE FROM {table}")
        for table in TABLES:
            await connection.execute(f"INSERT INTO {table} SELECT * FROM kept.{table}")
        await connection.execute("DROP SCHEMA kept CASCADE; DELETE FROM search_outbox")
        last = kept["search_version"][0]
        await connection.execute("SELECT setval('search_version', $1, $2)", last["last_value"], last["is_called"])


async def test_an_engine_that_is_away_for_a_while_loses_nothing(database: Database, make_engine: MakeEngine) -> None:
    await load_catalogue(database)
    engine = make_engine()
    async with running(database, engine):
        await settled(database, engine)
        real, failures = engine.write, []

        async def fail(*_: Any, **__: Any) -> list[Refused]:
            failures.append(1)
            raise EngineUnavailableError("away")

        engine.write = fail  # type: ignore[method-assign]  # as if it did not answer
        await execute(database, f"UPDATE film SET title = 'Alien 3' WHERE id = '{ALIEN}'")
        await until(lambda: _has(failures))
        engine.write = real  # type: ignore[method-assign]
        await settled(database, engine)
    assert await differences(database, engine) == []


async def _has(failures: list[int]) -> bool:
    return len(failures) > 2
