"""Photos that nobody has are removed, and no others; a backup brings back those that somebody has."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from backup_steps import STORES, Site, open_site, open_store
from sqlalchemy import text
from tests.databases import new_database

from kinoteka.catalogue.documents import build_indexed
from kinoteka.catalogue.editing.purge import purge
from kinoteka.catalogue.photos.names import new_name, object_keys
from kinoteka.catalogue.photos.sweep import sweep
from kinoteka.database import Database
from kinoteka.objects import Objects

NOW = timedelta(0)


async def new_photo(objects: Objects, number: int = 0) -> str:
    name = new_name(f"{number:032x}")
    await asyncio.gather(*(objects.put(key, b"a face") for key in object_keys(name)))
    return name


async def new_person(database: Database, photo: str | None, deleted_days: int | None = None) -> UUID:
    values = {"photo": photo, "days": deleted_days}
    deleted = "now() - make_interval(days => CAST(:days AS integer))"
    statement = text(f"INSERT INTO person (name, photo, deleted_at) VALUES ('A', :photo, {deleted}) RETURNING id")
    async with database.transaction() as connection:
        id_: UUID = (await connection.execute(statement, values)).scalar_one()
        return id_


async def keys(objects: Objects) -> set[str]:
    return {info.key async for info in objects.walk("photos")}


@pytest.mark.parametrize("kind", STORES)
async def test_what_nobody_has_goes_and_the_rest_stays(database: Database, tmp_path: Path, kind: str) -> None:
    async with open_store(kind, tmp_path) as objects:
        shown, hidden, orphan = [await new_photo(objects) for _ in range(3)]
        await new_person(database, shown)
        await new_person(database, hidden, deleted_days=3)
        await objects.put("backups/photos/one", b"a copy")
        await objects.put("photos/stray.txt", b"not ours, and old")
        assert await sweep(database, objects) == 0
        await asyncio.sleep(1.1)  # S3 counts in seconds
        assert await sweep(database, objects, NOW) == 4
        assert await keys(objects) == {*object_keys(shown), *object_keys(hidden)}
        assert await objects.get("backups/photos/one") == b"a copy"
        assert orphan


async def test_more_than_fit_into_one_look(database: Database, tmp_path: Path) -> None:
    async with open_store("memory", tmp_path) as objects:
        names = [await new_photo(objects, number) for number in range(400)]
        await new_person(database, names[-1])
        await asyncio.sleep(0.01)
        assert await sweep(database, objects, NOW) == 1197
        assert await keys(objects) == set(object_keys(names[-1]))


async def test_the_photo_of_who_is_purged_goes(database: Database, tmp_path: Path) -> None:
    async with open_store("folder", tmp_path) as objects:
        await new_person(database, await new_photo(objects), deleted_days=31)
        await asyncio.sleep(0.01)
        assert await sweep(database, objects, NOW) == 0
        assert (await purge(database))["person"] == 1
        assert await sweep(database, objects, NOW) == 3
        assert await keys(objects) == set()


async def test_one_process_sweeps_at_a_time(database: Database, tmp_path: Path) -> None:
    async with open_store("memory", tmp_path) as objects:
        await new_photo(objects)
        await asyncio.sleep(0.01)
        removed = await asyncio.gather(*(sweep(database, objects, NOW) for _ in range(4)))
        assert sum(removed) == 3


@pytest.fixture
async def sites(postgres_url: str, template: str, tmp_path: Path) -> AsyncIterator[tuple[Site, Site]]:
    async with (
        new_database(postgres_url, template) as url,
        new_database(postgres_url, template) as other,
        open_store(STORES[-1], tmp_path) as objects,
        open_site(url, tmp_path / "one", objects) as site,
        open_site(other, tmp_path / "other", objects) as target,
    ):
        yield site, target


async def test_a_restored_person_is_shown_with_the_photo(sites: tuple[Site, Site]) -> None:
    site, target = sites
    await site.fill()
    name = await new_photo(site.objects)
    id_ = await new_person(site.database, name)
    await site.rebuild()
    await site.back_up()
    await site.objects.delete(object_keys(name))
    assert await target.restore()
    async with target.database.transaction() as connection:
        (record,) = await build_indexed(connection, "person", [id_])
    assert f"/photo?size=large&v={name}".encode() in record.body
    copy = await target.engine.get("person", id_)
    assert copy
    assert copy.data == record.body
    assert await keys(target.objects) == set(object_keys(name))
