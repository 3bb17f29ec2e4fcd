"""Restore drills: whatever is there and whatever is missing, it ends right or is refused, and nothing is half."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from backup_steps import DAMAGE, STORES, Site, flip, open_site, open_store, rewrite
from indexer_steps import connected, differences, execute, running, settled
from msgspec.structs import replace
from sqlalchemy import Connection, text

from kinoteka import migrations
from kinoteka.database import Database, open_database
from kinoteka.errors import NotFoundError
from kinoteka.objects import Objects, ObjectsUnavailableError, memory_objects
from kinoteka.ops.backup import tables
from kinoteka.ops.backup.manifest import BadBackupError
from kinoteka.ops.restore import service as restoring
from kinoteka.ops.restore.emptiness import HoldsDataError, check_empty


@pytest.fixture
def objects() -> Objects:
    return memory_objects()


@pytest.fixture
async def site(database_url: str, tmp_path: Path, objects: Objects) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path / "index", objects) as site:
        await site.fill()
        await site.rebuild()
        await site.reconcile()  # nothing waits in the outbox
        yield site


@pytest.fixture
async def target(empty_database_url: str, tmp_path: Path, objects: Objects) -> AsyncIterator[Site]:
    async with open_site(empty_database_url, tmp_path / "elsewhere", objects) as site:
        yield site


async def list_tables(site: Site) -> list[str]:
    async with connected(site.database) as connection:
        return await tables.list_tables(connection)


async def facts(site: Site) -> dict[str, Any]:
    """Of the catalogue; the feed's own tables may differ."""
    async with connected(site.database) as connection, connection.transaction():
        names = [name for name in await tables.list_tables(connection) if not name.startswith("search_")]
        return {name: await tables.get_facts(connection, name) for name in names}


async def is_untouched(site: Site) -> bool:
    return await list_tables(site) == [] and await site.copies.is_empty()


async def is_right(site: Site, like: Site) -> bool:
    """The same catalogue, and an index that shows it, with nothing left to do."""
    async with connected(site.database) as connection:
        left = await connection.fetchval("SELECT count(*) FROM search_rebuild_request")
    return (await facts(site), await differences(site.database, site.engine), left) == (await facts(like), [], 0)  # type: ignore[arg-type] # tantivy's


@pytest.mark.parametrize("kind", STORES)
async def test_both_stores_from_any_store(site: Site, target: Site, tmp_path: Path, kind: str) -> None:
    async with open_store(kind, tmp_path) as objects:
        site.objects = target.objects = objects
        await objects.put("photos/1.jpg", b"a face")
        made = await site.back_up()
        await objects.delete(["photos/1.jpg"])
        restored = await target.restore()
        assert restored
        assert (restored.manifest.name, restored.photos) == (made.name, 1)
        assert restored.index == "compared with the database: 0 documents differed"
        assert await objects.get("photos/1.jpg") == b"a face"
        assert await target.engine.find_build() == await site.engine.find_build()
        assert await is_right(target, site)


async def test_the_consumer_goes_on_from_there(site: Site, target: Site) -> None:
    await site.back_up()
    await target.restore()
    build = await target.engine.find_build()
    async with running(target.database, target.engine):  # type: ignore[arg-type] # tantivy's
        await execute(target.database, "UPDATE film SET title = 'New title', title_key = 'new title' WHERE year = 1979")
        await settled(target.database, target.engine)  # type: ignore[arg-type] # tantivy's
    assert await differences(target.database, target.engine) == []  # type: ignore[arg-type] # tantivy's
    assert await target.engine.find_build() == build


async def test_older_database_newer_index(site: Site, target: Site) -> None:
    await site.back_up()
    await execute(site.database, "UPDATE person SET name = name || ' the Second'", "DELETE FROM film_external_id")
    await site.reconcile()
    target.engine, target.copies = site.engine, site.copies
    restored = await target.restore()
    assert restored
    assert "documents differed" in restored.index
    assert "compared with the database: 0" not in restored.index
    assert await differences(target.database, target.engine) == []  # type: ignore[arg-type] # tantivy's


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_newer_database_older_index(site: Site, target: Site, acknowledged: bool) -> None:
    await execute(
        site.database, "UPDATE film SET description = 'Changed since.'", "DELETE FROM credit WHERE position > 2"
    )
    if acknowledged:
        await execute(site.database, "DELETE FROM search_outbox")
    await site.back_up()
    await target.restore()
    assert await is_right(target, site)


async def test_no_index_in_the_backup(site: Site, target: Site) -> None:
    made = await site.back_up()
    assert made.index
    for part in made.index.files:
        await target.objects.delete([part.key])
    await rewrite(target.objects, replace(made, index=None))
    restored = await target.restore()
    assert restored
    assert restored.index.startswith("built anew")
    assert await is_right(target, site)


@pytest.mark.parametrize("changed", [{"layout": "ffffffffffff"}, {"engine": "elasticsearch"}])
async def test_an_index_of_another_kind_is_built_anew(site: Site, target: Site, changed: dict[str, str]) -> None:
    made = await site.back_up()
    assert made.index
    await rewrite(target.objects, replace(made, index=replace(made.index, **changed)))
    restored = await target.restore()
    assert restored
    assert restored.index.startswith("built anew")
    assert await is_right(target, site)


async def test_an_index_of_another_database_is_built_anew(site: Site, target: Site) -> None:
    await site.back_up()
    await migrations.upgrade(target.database)
    await target.rebuild()
    await (await target.engine.start_build()).publish()
    restored = await target.restore()
    assert restored
    assert await is_right(target, site)


async def test_a_database_without_its_index_gets_one(site: Site, target: Site) -> None:
    site.engine, site.copies = target.engine, target.copies
    with pytest.raises(HoldsDataError):
        await site.restore()
    assert await restoring.rebuild_if_missing(site.stores)
    assert not await restoring.rebuild_if_missing(site.stores)
    assert await is_right(site, site)


async def test_data_are_never_touched(site: Site) -> None:
    await site.back_up()
    await execute(site.database, "DELETE FROM credit", "DELETE FROM film_genre", "DELETE FROM film WHERE year <> 1979")
    before = await facts(site)
    with pytest.raises(HoldsDataError, match=r"Nothing was restored: the database holds data, in table \w+\."):
        await site.restore()
    assert await facts(site) == before


async def test_data_that_come_at_the_last_moment_are_not_touched_either(
    site: Site, target: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.back_up()
    await migrations.upgrade(target.database)
    await execute(target.database, "INSERT INTO genre (name, name_key) VALUES ('Noir', 'noir')")

    async def blind(_database: Database) -> None:
        """Looks before that row came."""

    monkeypatch.setattr(restoring, "check_empty", blind)
    before = await facts(target)
    with pytest.raises(HoldsDataError, match="in table genre"):
        await target.restore()
    assert await facts(target) == before


async def test_tables_of_somebody_else_are_not_touched(site: Site, target: Site) -> None:
    await site.back_up()
    await execute(target.database, "CREATE TABLE guestbook (said text)")
    with pytest.raises(HoldsDataError, match="not Kinoteka's"):
        await target.restore()
    assert await list_tables(target) == ["guestbook"]


async def test_a_migrated_database_without_data_is_empty(site: Site, target: Site) -> None:
    await site.back_up()
    async with running(target.database, target.engine):  # type: ignore[arg-type] # tantivy's
        await migrations.upgrade(target.database)
        await settled(target.database, target.engine)  # type: ignore[arg-type] # tantivy's
    await execute(
        target.database,
        "CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at)",
        "CREATE TABLE log_2026 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        "CREATE SEQUENCE loose",
    )
    await check_empty(target.database)
    await target.restore()
    assert await is_right(target, site)


async def test_no_backup(target: Site) -> None:
    assert await target.restore() is None
    with pytest.raises(NotFoundError):
        await target.restore("20200101T000000000Z-abcdef")
    assert await is_untouched(target)


async def test_an_unfinished_one_is_none(site: Site, target: Site) -> None:
    made = await site.back_up()
    await target.objects.delete([f"backups/{made.name}/manifest.json"])
    assert await target.restore() is None


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damaged_ones_are_refused_before_anything_is_touched(site: Site, target: Site, damage: str) -> None:
    await site.objects.put("photos/1.jpg", b"a face that is to be kept")
    made = await site.back_up()
    for key in [info.key async for info in site.objects.walk("backups")]:
        whole = await site.objects.get(key)
        if not whole or (damage == "lost" and key.endswith("manifest.json")):
            continue
        await DAMAGE[damage](site.objects, key)
        for name in (None, made.name):
            with pytest.raises(BadBackupError, match=made.name):
                await target.restore(name)
        assert await is_untouched(target)
        await site.objects.put(key, whole)
    await target.restore()
    assert await is_right(target, site)


async def test_the_newest_good_one_is_taken(site: Site, target: Site) -> None:
    good = await site.back_up()
    await asyncio.sleep(1.1)  # names go by the second
    bad = await site.back_up()
    await flip(site.objects, bad.database.key)
    restored = await target.restore()
    assert restored
    assert restored.manifest.name == good.name


async def test_a_newer_schema_is_refused(site: Site, target: Site) -> None:
    made = await site.back_up()
    await rewrite(target.objects, replace(made, revision="9999"))
    with pytest.raises(BadBackupError, match="schema 9999"):
        await target.restore()
    assert await is_untouched(target)


@pytest.mark.parametrize("lie", ["rows", "revision", "nothing in it"])
async def test_a_dump_that_is_not_what_the_manifest_says_is_rolled_back(site: Site, target: Site, lie: str) -> None:
    made = await site.back_up()
    if lie == "rows":
        film = made.tables["film"]
        lying = replace(made, tables={**made.tables, "film": replace(film, rows=film.rows + 1)})
    elif lie == "revision":
        lying = replace(made, revision="0001")
    else:
        part = await target.objects.put_stream(made.database.key, _nothing())
        lying = replace(made, database=part)
    await rewrite(target.objects, lying)
    with pytest.raises(BadBackupError, match=r"(the|its) dump"):
        await target.restore()
    assert await list_tables(target) == []


async def _nothing() -> AsyncIterator[bytes]:
    yield b"this is no dump"


@pytest.mark.parametrize("failure", [ObjectsUnavailableError("The object store does not answer."), None])
async def test_a_store_that_fails_while_the_dump_is_read_leaves_nothing(
    site: Site, target: Site, monkeypatch: pytest.MonkeyPatch, failure: Exception | None
) -> None:
    """The second time, after it was found to be sound: it breaks off with an error, or with other bytes."""
    made = await site.back_up()
    real, opened = target.objects.stream, []

    async def failing(key: str) -> AsyncIterator[bytes]:
        opened.append(key)
        second = opened.count(made.database.key) == 2
        async for chunk in real(key):
            yield chunk[: len(chunk) // 2] if second else chunk
            if second and failure:
                raise failure

    monkeypatch.setattr(target.objects, "stream", failing)
    with pytest.raises(type(failure) if failure else BadBackupError):
        await target.restore()
    assert await list_tables(target) == []
    monkeypatch.setattr(target.objects, "stream", real)
    await target.restore()
    assert await is_right(target, site)


async def test_an_older_schema_is_brought_to_the_newest(target: Site, tmp_path: Path, database_url: str) -> None:
    """A backup from before there was a search feed."""
    database = open_database(database_url, 2)
    async with database.transaction() as connection:
        await connection.run_sync(_downgrade)
    await database.close()
    async with open_site(database_url, tmp_path / "index", target.objects) as old:
        await old.fill()
        assert (await old.back_up()).revision == "0001"
    await target.restore()
    async with target.database.transaction() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM film")) == 136
    assert await target.engine.count("film") == 136
    assert await differences(target.database, target.engine) == []  # type: ignore[arg-type] # tantivy's


def _downgrade(connection: Connection) -> None:
    config = migrations._config()
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")


async def test_two_at_once_restore_once(site: Site, target: Site, tmp_path: Path, empty_database_url: str) -> None:
    await site.back_up()
    async with open_site(empty_database_url, tmp_path / "third", target.objects) as other:
        results = await asyncio.gather(target.restore(), other.restore(), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["HoldsDataError", "Restored"]
    assert await facts(target) == await facts(site)


async def test_cancelled_at_any_moment_it_leaves_nothing_or_all(site: Site, target: Site) -> None:
    """Cancelling ends both programs as a kill does; the database never shows a part."""
    await site.back_up()
    whole = await facts(site)
    for milliseconds in (30, 100, 150, 200, 250, 300, 400, 600):
        task = asyncio.create_task(target.restore())
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        if await list_tables(target):
            assert await facts(target) == whole
            break
    with suppress(HoldsDataError):
        await target.restore()
    async with running(target.database, target.engine):  # type: ignore[arg-type] # tantivy's
        await settled(target.database, target.engine)  # type: ignore[arg-type] # tantivy's
    assert await is_right(target, site)
