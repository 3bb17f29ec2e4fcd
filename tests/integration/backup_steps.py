"""What tests of backups do: a place to back up from, an empty one to restore into, and damage."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.functional.small_catalogue import FILMS, fill

from kinoteka.cache.memory import MemoryTokens
from kinoteka.database import Database, open_database
from kinoteka.indexer import service
from kinoteka.objects import S3, Objects, folder_objects, memory_objects, s3_objects
from kinoteka.ops.backup import manifest as manifests
from kinoteka.ops.backup import shelf
from kinoteka.ops.backup.create import Sources, create_backup
from kinoteka.ops.backup.manifest import Manifest
from kinoteka.ops.restore.service import Restored, Stores, restore, sole_restorer
from kinoteka.search.copies import IndexCopies
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyCopies, TantivyEngine

STORES = ["folder", "memory", *(["s3"] if "TEST_S3_ENDPOINT" in os.environ else [])]


@asynccontextmanager
async def open_store(kind: str, folder: Path) -> AsyncIterator[Objects]:
    """Empty at the end."""
    if kind != "s3":
        yield folder_objects(folder / "objects") if kind == "folder" else memory_objects()
        return
    given = [os.environ.get(f"TEST_S3_{name}") for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")]
    place = f"s3://{os.environ['TEST_S3_BUCKET']}/test-{uuid4().hex}"
    objects = s3_objects(S3(place, os.environ["TEST_S3_REGION"], *given))
    yield objects
    await objects.delete([info.key async for info in objects.walk()])


@dataclass
class Site:
    """A database, an index and the objects."""

    database: Database
    engine: SearchEngine
    copies: IndexCopies
    objects: Objects

    @property
    def sources(self) -> Sources:
        return Sources(self.database, self.copies, self.objects)

    @property
    def stores(self) -> Stores:
        return Stores(self.database, self.engine, self.copies, MemoryTokens(), self.objects)

    async def fill(self) -> None:
        await fill(self.database, FILMS)

    async def rebuild(self) -> None:
        await service.rebuild(self.database, self.engine, MemoryTokens(), lambda _done, _total: None)

    async def reconcile(self) -> int:
        return await service.reconcile(self.database, self.engine, MemoryTokens())

    async def back_up(self) -> Manifest:
        return await create_backup(self.sources)

    async def restore(self, name: str | None = None) -> Restored | None:
        async with sole_restorer(self.database):
            return await restore(self.stores, name)


@asynccontextmanager
async def open_site(url: str, index: Path, objects: Objects) -> AsyncIterator[Site]:
    database = open_database(url, 4)
    engine = TantivyEngine(index)
    await engine.open()
    try:
        yield Site(database, engine, TantivyCopies(index), objects)
    finally:
        await engine.close()
        await database.close()


async def rewrite(objects: Objects, manifest: Manifest) -> None:
    """A manifest put in the place of the one that is there, whole in itself."""
    await objects.put(f"{shelf.folder_of(manifest.name)}/{shelf.MANIFEST}", manifests.encode(manifest))


async def cut(objects: Objects, key: str) -> None:
    data = await objects.get(key)
    await objects.put(key, data[: len(data) // 2])


async def flip(objects: Objects, key: str) -> None:
    data = bytearray(await objects.get(key))
    data[len(data) * 3 // 4] ^= 0x10
    await objects.put(key, bytes(data))


async def make_foreign(objects: Objects, key: str) -> None:
    """Of the same size, but something else."""
    data = await objects.get(key)
    await objects.put(key, (b"nobody's " * (len(data) // 9 + 1))[: len(data)])


async def lose(objects: Objects, key: str) -> None:
    await objects.delete([key])


DAMAGE: dict[str, Callable[[Objects, str], Awaitable[None]]] = {
    "cut": cut,
    "flipped": flip,
    "foreign": make_foreign,
    "lost": lose,
}
