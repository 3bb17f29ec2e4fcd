"""Restore drills on a cluster, by its snapshots; collected where TEST_ELASTICSEARCH_SNAPSHOTS says where they go."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from backup_steps import Site, open_site, rewrite
from indexer_steps import connected, differences, execute, running, settled
from msgspec.structs import replace
from tests.servers import elasticsearch_prefix

from kinoteka.database import open_database
from kinoteka.objects import Objects, memory_objects
from kinoteka.ops.backup import create
from kinoteka.ops.backup.prune import prune
from kinoteka.ops.backup.verify import verify
from kinoteka.search.copies import IndexCopy, NoCopyError
from kinoteka.search.elasticsearch import ElasticsearchEngine, ElasticsearchSnapshots

URLS = os.environ["TEST_ELASTICSEARCH_URL"].split(",")
FOLDER = os.environ["TEST_ELASTICSEARCH_SNAPSHOTS"]


@pytest.fixture
async def prefix() -> AsyncIterator[str]:
    async with elasticsearch_prefix() as prefix:
        yield prefix
        async with httpx.AsyncClient(base_url=URLS[0], timeout=60) as client:
            await client.delete(f"/_snapshot/{prefix}kinoteka/*")
            await client.delete(f"/_snapshot/{prefix}kinoteka")
        shutil.rmtree(Path(FOLDER) / f"{prefix}kinoteka", ignore_errors=True)


@pytest.fixture
def objects() -> Objects:
    return memory_objects()


async def open_there(url: str, prefix: str, objects: Objects, snapshots: str | None = FOLDER) -> Site:
    engine = ElasticsearchEngine(URLS, prefix, lambda _: b"")
    return Site(open_database(url, 4), engine, ElasticsearchSnapshots(URLS, prefix, snapshots), objects)


async def close(site: Site) -> None:
    await site.copies.close()
    await site.engine.close()
    await site.database.close()


@pytest.fixture
async def site(database_url: str, prefix: str, objects: Objects) -> AsyncIterator[Site]:
    site = await open_there(database_url, prefix, objects)
    await site.fill()
    await site.rebuild()
    await site.reconcile()
    yield site
    await close(site)


@pytest.fixture
async def target(empty_database_url: str, prefix: str, objects: Objects) -> AsyncIterator[Site]:
    """The same cluster with another database; `lose_index` makes it one that lost everything."""
    site = await open_there(empty_database_url, prefix, objects)
    yield site
    await close(site)


async def lose_index(prefix: str) -> None:
    async with httpx.AsyncClient(base_url=URLS[0], timeout=60) as client:
        names = [row["index"] for row in (await client.get(f"/_cat/indices/{prefix}*?format=json")).json()]
        (await client.delete("/" + ",".join(names))).raise_for_status()
        (await client.delete(f"/_snapshot/{prefix}kinoteka")).raise_for_status()


async def is_right(target: Site) -> bool:
    async with connected(target.database) as connection:
        films = await connection.fetchval("SELECT count(*) FROM film")
        left = await connection.fetchval("SELECT count(*) FROM search_rebuild_request")
    return (films, left, await differences(target.database, target.engine)) == (136, 0, [])


async def test_database_and_index_on_a_cluster_that_lost_everything(site: Site, target: Site, prefix: str) -> None:
    made = await site.back_up()
    assert made.index
    assert made.index.highest_version == await site.engine.highest_version() > 0
    await verify(site.objects, made)
    await lose_index(prefix)
    restored = await target.restore()
    assert restored
    assert restored.index == "compared with the database: 0 documents differed"
    assert await target.engine.find_build() == made.index.build
    assert await is_right(target)


async def test_consumers_go_on_from_there_and_win(site: Site, target: Site, prefix: str) -> None:
    await site.back_up()
    await lose_index(prefix)
    await target.restore()
    async with running(target.database, target.engine):
        await execute(target.database, "UPDATE person SET name = name || ' the Second'")
        await settled(target.database, target.engine)
    assert await is_right(target)


async def test_older_database_newer_index(site: Site, target: Site) -> None:
    await site.back_up()
    for _ in range(3):
        async with running(site.database, site.engine):
            await execute(site.database, "UPDATE film SET description = coalesce(description, '') || 'later '")
            await settled(site.database, site.engine)
    highest = await site.engine.highest_version()
    restored = await target.restore()
    assert restored
    assert restored.index == "compared with the database: 136 documents differed"
    assert await target.engine.highest_version() > highest
    assert await is_right(target)


async def test_newer_database_older_index(
    site: Site, target: Site, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot first, then changes that the index has acknowledged, then the dump."""
    taken: list[IndexCopy | None] = [await site.copies.take(site.objects, f"backups/early-{uuid4().hex}/index")]
    async with running(site.database, site.engine):
        await execute(site.database, "UPDATE film SET description = 'Changed since.'", "DELETE FROM credit")
        await settled(site.database, site.engine)

    async def early(*_: object) -> IndexCopy | None:
        return taken[0]

    monkeypatch.setattr(site.copies, "take", early)
    await site.back_up()
    await lose_index(prefix)
    restored = await target.restore()
    assert restored
    assert restored.index.startswith("compared with the database: ")
    assert await is_right(target)


@pytest.mark.parametrize(
    "change", [{"layout": "ffffffffffff"}, {"engine": "tantivy"}, {"uuid": "other"}, {"snapshot": "gone"}]
)
async def test_copies_that_are_not_usable_are_built_anew(
    site: Site, target: Site, prefix: str, change: dict[str, str]
) -> None:
    made = await site.back_up()
    assert made.index
    await rewrite(site.objects, replace(made, index=replace(made.index, **change)))
    await lose_index(prefix)
    restored = await target.restore()
    assert restored
    assert restored.index.startswith("built anew")
    assert await is_right(target)


async def test_an_attempt_that_was_killed_is_begun_anew(site: Site, target: Site, prefix: str) -> None:
    """What a kill leaves: indexes brought back in part and not published."""
    made = await site.back_up()
    assert made.index
    await lose_index(prefix)
    async with httpx.AsyncClient(base_url=URLS[0], timeout=60) as client:
        (await client.put(f"/{prefix}movies-{made.index.build}")).raise_for_status()
    restored = await target.restore()
    assert restored
    assert restored.index == "compared with the database: 0 documents differed"
    assert await is_right(target)


async def test_without_a_repository_the_index_is_built_anew(site: Site, target: Site, prefix: str) -> None:
    bare = await open_there(site.database.dsn, prefix, site.objects, None)
    made = await bare.back_up()
    assert made.index is None
    assert "KINOTEKA_ELASTICSEARCH_SNAPSHOTS" in (made.index_reason or "")
    await lose_index_alone(prefix)
    restored = await target.restore()
    assert restored
    assert restored.index.startswith("built anew")
    assert await is_right(target)
    await close(bare)


async def lose_index_alone(prefix: str) -> None:
    async with httpx.AsyncClient(base_url=URLS[0], timeout=60) as client:
        names = [row["index"] for row in (await client.get(f"/_cat/indices/{prefix}*?format=json")).json()]
        (await client.delete("/" + ",".join(names))).raise_for_status()


@pytest.mark.parametrize("setting", ["/nowhere/that/nodes/may/write", "no-such-repository"])
async def test_a_repository_that_cannot_be_used_costs_the_copy_alone(site: Site, prefix: str, setting: str) -> None:
    wrong = await open_there(site.database.dsn, prefix, site.objects, setting)
    made = await wrong.back_up()
    assert made.index is None
    assert "snapshots cannot be used" in (made.index_reason or "")
    await close(wrong)


async def test_pruning_removes_the_snapshot(site: Site, prefix: str) -> None:
    first = await site.back_up()
    assert first.index
    second = await site.back_up()
    assert second.index
    await prune(create.Sources(site.database, site.copies, site.objects), keep=1, days=None)
    with pytest.raises(NoCopyError, match="any more"):
        await site.copies.check(first.index)
    await site.copies.check(second.index)


async def test_an_embedded_backup_comes_to_a_cluster(
    target: Site, database_url: str, tmp_path: Path, objects: Objects
) -> None:
    async with open_site(database_url, tmp_path / "index", objects) as small:
        await small.fill()
        await small.rebuild()
        await small.back_up()
    restored = await target.restore()
    assert restored
    assert restored.index == "built anew: The backup's copy of the index is one of tantivy"
    assert await is_right(target)
