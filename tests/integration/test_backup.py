"""Backups are made, listed, verified and pruned; what is no good one is recognised."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_steps import DAMAGE, STORES, Site, cut, flip, lose, make_foreign, open_site, open_store, rewrite
from indexer_steps import execute
from msgspec.structs import replace

from kinoteka import migrations
from kinoteka.errors import NotFoundError, UsageError
from kinoteka.objects import Objects, folder_objects, memory_objects
from kinoteka.ops.backup import create, photos, shelf
from kinoteka.ops.backup import manifest as manifests
from kinoteka.ops.backup.create import BackupUnderWayError, sole_keeper
from kinoteka.ops.backup.last import LastBackup
from kinoteka.ops.backup.manifest import BadBackupError, Manifest
from kinoteka.ops.backup.prune import prune
from kinoteka.ops.backup.schedule import make_if_due
from kinoteka.ops.backup.verify import verify
from kinoteka.search.copies import NoCopyError


@pytest.fixture
def objects() -> Objects:
    return memory_objects()


@pytest.fixture
async def site(database_url: str, tmp_path: Path, objects: Objects) -> AsyncIterator[Site]:
    async with open_site(database_url, tmp_path / "index", objects) as site:
        await site.fill()
        yield site


async def names(objects: Objects) -> list[str]:
    return [one.name async for one in shelf.walk(objects) if one.is_good]


async def fault(objects: Objects, name: str) -> str:
    one = await shelf.look_at(objects, name)
    assert one.fault
    return one.fault.reason


@pytest.mark.parametrize("kind", STORES)
async def test_a_backup_is_made_listed_and_sound(site: Site, tmp_path: Path, kind: str) -> None:
    await site.rebuild()
    async with open_store(kind, tmp_path) as objects:
        site.objects = objects
        await objects.put("photos/a.jpg", b"a face")
        made = await site.back_up()
        assert await names(objects) == [made.name]
        assert (made.photo_count, made.tables["film"].rows) == (1, 136)
        assert made.revision == (await migrations.revisions(site.database))[1]
        assert made.index
        assert made.index.build == await site.engine.find_build()
        await verify(objects, made)


async def test_it_is_as_of_one_moment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that come while the dump is read are neither in it nor counted."""
    real = create.stream_dump

    async def slow(*given: str) -> AsyncIterator[bytes]:
        await execute(site.database, "INSERT INTO person (name) VALUES ('Came Late')")
        async for chunk in real(*given):  # type: ignore[arg-type] # passed on as they came
            yield chunk
        await execute(site.database, "INSERT INTO person (name) VALUES ('Came Later')")

    monkeypatch.setattr(create, "stream_dump", slow)
    made = await site.back_up()
    async with site.database.transaction() as connection:
        now = (await connection.exec_driver_sql("SELECT count(*) FROM person")).scalar_one()
    assert made.tables["person"].rows == now - 2
    await verify(site.objects, made)


async def test_without_an_index_it_says_so_and_is_good(site: Site) -> None:
    made = await site.back_up()
    assert made.index is None
    assert await names(site.objects) == [made.name]


async def test_an_index_that_cannot_be_copied_costs_the_copy_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(objects: Objects, folder: str) -> None:
        await objects.put(f"{folder}/half", b"")
        raise NoCopyError("The index changes too fast to be copied.")

    monkeypatch.setattr(site.copies, "take", fail)
    made = await site.back_up()
    assert made.index_reason == "The index changes too fast to be copied."
    assert await names(site.objects) == [made.name]


async def test_a_database_that_cannot_be_dumped_leaves_nothing(site: Site) -> None:
    await execute(site.database, "DROP TABLE alembic_version")
    with pytest.raises(UsageError, match="nothing to back up"):
        await site.back_up()
    assert [info.key async for info in site.objects.walk()] == []


async def test_a_dump_that_breaks_off_leaves_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaking(*given: str) -> AsyncIterator[bytes]:
        yield b"PGDMP"
        raise UsageError("The database cannot be dumped: it went away.")

    monkeypatch.setattr(create, "stream_dump", breaking)
    with pytest.raises(UsageError, match="it went away"):
        await site.back_up()
    assert [info.key async for info in site.objects.walk()] == []


async def test_one_at_a_time(site: Site) -> None:
    async with sole_keeper(site.database):
        with pytest.raises(BackupUnderWayError):
            await site.back_up()
    await site.back_up()


@pytest.mark.parametrize("damage", DAMAGE)
async def test_damage_to_any_part_is_found(site: Site, damage: str) -> None:
    await site.rebuild()
    await site.objects.put("photos/a.jpg", b"a face, which is to be kept")
    made = await site.back_up()
    assert len(made.parts) > 5
    for part in made.parts:
        whole = await site.objects.get(part.key)
        if not whole:
            continue
        await DAMAGE[damage](site.objects, part.key)
        with pytest.raises(BadBackupError, match=part.key.rpartition("/")[2]):
            await shelf.check_contents(site.objects, await shelf.get_good(site.objects, made.name))
        await site.objects.put(part.key, whole)
    await shelf.check_contents(site.objects, await shelf.get_good(site.objects, made.name))


@pytest.mark.parametrize(
    ("damage", "said"),
    [(cut, "damaged"), (flip, "damaged|changed"), (make_foreign, "not Kinoteka's"), (lose, "no manifest")],
)
async def test_a_damaged_manifest_makes_it_no_backup(site: Site, damage: object, said: str) -> None:
    made = await site.back_up()
    await damage(site.objects, f"backups/{made.name}/manifest.json")  # type: ignore[operator] # one of ours
    with pytest.raises(BadBackupError, match=said):
        await shelf.get_good(site.objects, made.name)


async def test_every_byte_of_a_manifest_counts(site: Site) -> None:
    made = await site.back_up()
    whole = manifests.encode(made)
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x01
        try:
            read = manifests.decode(bytes(changed), made.name)
        except BadBackupError:
            continue
        assert read == manifests.decode(whole, made.name), place


async def test_what_a_manifest_does_not_know_makes_it_bad(site: Site) -> None:
    made = await site.back_up()
    await site.objects.put(f"backups/{made.name}/extra.sql", b"DROP TABLE film")
    assert "does not know" in await fault(site.objects, made.name)


async def test_newer_ones_are_refused_and_say_what_made_them(site: Site) -> None:
    made = await site.back_up()
    await rewrite(site.objects, replace(made, revision="9999", app_version="7.0"))
    assert "Kinoteka 7.0 with schema 9999" in await fault(site.objects, made.name)
    newer = json.dumps({"format": manifests.FORMAT + 1, "anything": "else"}).encode()
    await site.objects.put(f"backups/{made.name}/manifest.json", newer)
    assert "newer Kinoteka" in await fault(site.objects, made.name)


async def test_a_manifest_of_another_backup_is_refused(site: Site) -> None:
    first, second = await site.back_up(), await site.back_up()
    await site.objects.put(f"backups/{second.name}/manifest.json", manifests.encode(first))
    assert first.name in await fault(site.objects, second.name)


async def test_verify_finds_a_dump_that_is_not_what_was_counted(site: Site) -> None:
    """Whole by its checksum, and yet not the database: only restoring it tells."""
    made = await site.back_up()
    lying = replace(made, tables={**made.tables, "person": replace(made.tables["person"], checksum="17")})
    with pytest.raises(BadBackupError, match="table person holds other values"):
        await verify(site.objects, lying)


async def test_names_that_are_not_there(site: Site) -> None:
    for name in ("20200101T000000000Z-abcdef", "../../etc", ""):
        with pytest.raises(NotFoundError):
            await shelf.get_good(site.objects, name)


# Photos ---------------------------------------------------------------------------------------------------------------


async def copies(objects: Objects) -> list[str]:
    return [info.key async for info in objects.walk(photos.ROOT)]


@pytest.mark.parametrize("kind", STORES)
async def test_a_photo_is_copied_once_and_again_when_it_changes(site: Site, tmp_path: Path, kind: str) -> None:
    async with open_store(kind, tmp_path) as objects:
        site.objects = objects
        for number in range(20):
            await objects.put(f"photos/{number}.jpg", bytes([number]) * 100)
        await site.back_up()
        first = await copies(objects)
        await site.back_up()
        assert await copies(objects) == first
        await objects.put("photos/3.jpg", b"another face")
        made = await site.back_up()
        assert len(await copies(objects)) == len(first) + 1 == 21
        kept = {photo.key: photo.size async for photo in photos.read_list(objects, made)}
        assert (len(kept), kept["photos/3.jpg"]) == (20, 12)
        await photos.check(objects, made)


async def test_damaged_copies_of_photos_are_found(site: Site) -> None:
    await site.objects.put("photos/1.jpg", b"a face")
    made = await site.back_up()
    (copy,) = await copies(site.objects)
    await site.objects.put(copy, b"a fake")
    with pytest.raises(BadBackupError, match="not as it was written"):
        await photos.check(site.objects, made)


async def test_pruning_takes_photos_that_no_backup_has_any_more(site: Site) -> None:
    await site.objects.put("photos/1.jpg", b"old")
    await site.back_up()
    await site.objects.put("photos/1.jpg", b"newer")
    made = await site.back_up()
    await prune(site.sources, keep=1, days=None)
    assert len(await copies(site.objects)) == 1
    await photos.check(site.objects, made)
    assert await site.objects.get("photos/1.jpg") == b"newer"


# Pruning --------------------------------------------------------------------------------------------------------------


async def aged(site: Site, days: float) -> Manifest:
    """A backup made so long ago."""
    made = await site.back_up()
    then = datetime.now(UTC) - timedelta(days=days)
    name = manifests.new_name(then)
    for info in [info async for info in site.objects.walk(f"backups/{made.name}")]:
        await site.objects.put(info.key.replace(made.name, name), await site.objects.get(info.key))
    await shelf.remove(site.objects, made.name)
    part = replace(made.database, key=made.database.key.replace(made.name, name))
    old = replace(made, name=name, created_at=then, database=part)
    await rewrite(site.objects, old)
    return old


async def test_the_newest_stay(site: Site) -> None:
    old = [(await aged(site, days)).name for days in (1, 2, 3, 4)]
    pruned = await prune(site.sources, keep=2, days=None)
    assert (pruned.kept, pruned.removed) == (old[:2], old[2:])
    assert await names(site.objects) == old[:2]
    assert not [info async for info in site.objects.walk(f"backups/{old[3]}")]


async def test_the_young_stay(site: Site) -> None:
    old = [(await aged(site, days)).name for days in (1, 2, 30, 40)]
    assert (await prune(site.sources, keep=None, days=7)).removed == old[2:]
    assert (await prune(site.sources, keep=1, days=7)).removed == []


async def test_the_last_good_one_stays(site: Site) -> None:
    old = await aged(site, 1000)
    broken = await aged(site, 500)
    await cut(site.objects, broken.database.key)
    assert (await prune(site.sources, keep=None, days=0)).removed == []
    assert await names(site.objects) == [old.name]


async def test_the_last_sound_one_stays_when_newer_ones_only_look_good(site: Site) -> None:
    sound, flipped = await aged(site, 1000), await aged(site, 1)
    await flip(site.objects, flipped.database.key)
    with pytest.raises(UsageError, match="none of the backups that would stay is sound"):
        await prune(site.sources, keep=1, days=None)
    assert await names(site.objects) == [flipped.name, sound.name]


async def test_rubbish_goes_after_a_day_and_only_once_there_is_something_newer(site: Site) -> None:
    broken = await aged(site, 3)
    await lose(site.objects, f"backups/{broken.name}/manifest.json")
    assert (await prune(site.sources, keep=1, days=None)).removed == []
    await aged(site, 2)
    fresh = await site.back_up()
    await lose(site.objects, f"backups/{fresh.name}/manifest.json")
    assert (await prune(site.sources, keep=5, days=None)).removed == [broken.name]


async def test_what_a_newer_program_made_stays(site: Site) -> None:
    newer = await aged(site, 900)
    await rewrite(site.objects, replace(newer, revision="9999"))
    await site.back_up()
    assert (await prune(site.sources, keep=1, days=None)).removed == []


async def test_pruning_asks_what_is_to_stay(site: Site) -> None:
    with pytest.raises(UsageError, match="--keep"):
        await prune(site.sources, None, None)


# Kills ----------------------------------------------------------------------------------------------------------------


async def test_cancelled_at_any_moment_it_is_no_backup(site: Site, tmp_path: Path) -> None:
    site.objects = folder_objects(tmp_path / "objects")
    await site.rebuild()
    for seconds in (0.0, 0.02, 0.05, 0.08, 0.12, 0.2):
        task = asyncio.create_task(site.back_up())
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for name in await names(site.objects):
        await shelf.check_contents(site.objects, await shelf.get_good(site.objects, name))
    made = await site.back_up()
    assert (await names(site.objects))[0] == made.name
    assert not list(tmp_path.glob("backup-*"))


# By the clock ---------------------------------------------------------------------------------------------------------


async def test_one_of_several_processes_makes_it_when_it_is_due(site: Site) -> None:
    every = timedelta(hours=1)
    await asyncio.gather(*(make_if_due(site.sources, every, 7) for _ in range(4)))
    assert len(await names(site.objects)) == 1
    await make_if_due(site.sources, every, 7)
    assert len(await names(site.objects)) == 1
    (name,) = await names(site.objects)
    await shelf.remove(site.objects, name)
    await aged(site, 0.05)
    await make_if_due(site.sources, every, 1)
    assert len(await names(site.objects)) == 1
    assert (await names(site.objects))[0] > name


async def test_the_age_of_the_newest_good_one_is_told(site: Site) -> None:
    assert await LastBackup(site.objects).find_age() is None
    await aged(site, 2)
    broken = await aged(site, 1)
    await cut(site.objects, broken.database.key)
    age = await LastBackup(site.objects).find_age()
    assert age
    assert 2 * 86400 <= age < 2.1 * 86400
