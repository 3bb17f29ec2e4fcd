"""The search engine inside the process: one folder, one writer, readers that never wait for it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from kinoteka.catalogue.documents import Kind
from kinoteka.catalogue.text import same_text_key
from kinoteka.search.analysis.folding import without_surrogates
from kinoteka.search.clauses import AllOf, Term
from kinoteka.search.documents import Document
from kinoteka.search.engine import (
    EngineUnavailableError,
    Fingerprint,
    Found,
    Hits,
    Ref,
    Refused,
    Stored,
    Suggestion,
)
from kinoteka.search.query import Filters, Listing, Search, Suggest
from kinoteka.search.tantivy import fingerprinting, listing, picking, searching, suggesting
from kinoteka.search.tantivy.generation import Generation
from kinoteka.search.tantivy.generations import (
    current_generation,
    new_generation,
    point_at,
    remove_generation,
    remove_leftovers,
)
from kinoteka.search.tantivy.items import Items
from kinoteka.search.tantivy.reading import address_of, find_one, read
from kinoteka.search.tantivy.schema import schema_name

Result = TypeVar("Result")


async def _blocking(call: Callable[[], Result]) -> Result:
    """In a thread; tantivy's own errors become the port's."""
    try:
        return await asyncio.to_thread(call)
    except (ValueError, OSError) as error:
        raise EngineUnavailableError(f"The search index in use cannot be read or written: {error}") from error


class TantivyEngine:
    """For the verbs see the port. Reads run where they are called (a few milliseconds at most), writes in a thread."""

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._live: Generation | None = None
        self._writing = asyncio.Lock()
        self._items = Items()

    @property
    def is_shared(self) -> bool:
        return False

    @property
    def layout(self) -> str:
        return schema_name()

    @property
    def conflicts(self) -> int:
        return 0

    async def find_build(self) -> str | None:
        return self._live.folder.name if self._live else None

    async def open(self) -> bool:
        folder = current_generation(self._root)
        if folder is None:
            return False
        try:
            self._live = await asyncio.to_thread(Generation, folder)
        except (ValueError, OSError):
            return False
        return True

    async def close(self) -> None:
        async with self._writing:
            if self._live is not None:
                await _blocking(self._live.close)
            self._live = None

    async def write(
        self,
        documents: Sequence[Document],
        deleted: Sequence[Ref] = (),
        *,
        version: int = 0,
        builds: Sequence[str] = (),
    ) -> list[Refused]:
        async with self._writing:
            generation = self._generation()
            await _blocking(lambda: generation.write_and_commit(documents, deleted))
        return []

    async def start_build(self) -> "TantivyBuild":
        await _blocking(lambda: remove_leftovers(self._root))
        return TantivyBuild(self, await _blocking(lambda: Generation(new_generation(self._root))))

    async def resume_build(self, name: str) -> "TantivyBuild | None":
        return None

    async def remove_build(self, name: str) -> None:
        if name != await self.find_build():
            await _blocking(lambda: remove_generation(self._root / name))

    async def highest_version(self) -> int:
        return 0

    async def replace_live(self, generation: Generation) -> None:
        """Publishes a build: the one step after which every reader sees it."""
        async with self._writing:
            await _blocking(lambda: point_at(self._root, generation.folder))
            old, self._live = self._live, generation
            if old is not None:
                await _blocking(old.close)
                await _blocking(lambda: remove_generation(old.folder))

    async def fingerprints(self, kind: Kind) -> AsyncIterator[Fingerprint]:
        searcher = self._generation().searcher
        for batch in fingerprinting.batches(searcher, kind):
            for fingerprint in batch:
                yield fingerprint
            await asyncio.sleep(0)

    async def get(self, kind: Kind, id: UUID) -> Stored | None:  # noqa: A002 - the field's own term
        searcher = self._generation().searcher
        address = address_of(searcher, kind, id)
        return None if address is None else read(searcher, address, "body")

    async def get_many(self, kind: Kind, ids: Sequence[UUID]) -> list[Stored]:
        searcher = self._generation().searcher
        addresses = [address_of(searcher, kind, id) for id in ids]  # noqa: A001 - the field's own term
        return self._items.read(searcher, [address for address in addresses if address is not None])

    async def find_external(self, source: str, value: str) -> Stored | None:
        searcher = self._generation().searcher
        address = find_one(searcher, AllOf((Term("externals", f"{source}:{value}"), Term("kind", "film"))))
        return None if address is None else read(searcher, address, "body")

    async def page(self, asked: Listing) -> Hits:
        generation = self._generation()
        return replace(listing.page(generation.searcher, self._items, asked), build=generation.folder.name)

    async def search(self, search: Search) -> Found:
        return await searching.search(self._generation().searcher, search)

    async def suggest(self, suggest: Suggest) -> list[Suggestion]:
        return await suggesting.suggest(self._generation().searcher, suggest)

    async def similar(self, film: UUID, size: int, offset: int) -> Hits | None:
        return picking.similar(self._generation().searcher, self._items, film, size, offset)

    async def random(self, filters: Filters) -> Stored | None:
        return picking.random_film(self._generation().searcher, filters)

    async def count(self, kind: Kind) -> int:
        return picking.count(self._generation().searcher, kind)

    async def find_genres(self, names: Sequence[str]) -> dict[str, UUID]:
        searcher = self._generation().searcher
        found = {name: find_one(searcher, Term("same_text", same_text_key(without_surrogates(name)))) for name in names}
        return {name: read(searcher, address, "item").id for name, address in found.items() if address is not None}

    def _generation(self) -> Generation:
        if self._live is None:
            raise EngineUnavailableError("The search index has not been built yet.")
        return self._live


class TantivyBuild:
    """A generation being written, published into the engine that started it."""

    def __init__(self, engine: TantivyEngine, generation: Generation) -> None:
        self._engine = engine
        self._generation = generation
        self._failed = False

    @property
    def name(self) -> str:
        return self._generation.folder.name

    async def write(
        self, documents: Sequence[Document], deleted: Sequence[Ref] = (), *, version: int = 0, new: bool = False
    ) -> list[Refused]:
        replaces = self._failed or not new  # what a write that failed left behind must not be there twice
        try:
            await _blocking(lambda: self._generation.write(documents, deleted, replaces))
        except BaseException:
            self._failed = True
            raise
        return []

    async def count(self, kind: Kind) -> int:
        await _blocking(self._generation.commit)
        return picking.count(self._generation.searcher, kind)

    async def find_digests(self, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        await _blocking(self._generation.commit)
        return fingerprinting.digests(self._generation.searcher, kind, ids)

    async def compact(self, kind: Kind) -> None:
        """tantivy does so as it writes."""

    async def publish(self) -> None:
        await _blocking(self._generation.commit)
        await self._engine.replace_live(self._generation)

    async def abandon(self) -> None:
        await _blocking(self._generation.close)
        await _blocking(lambda: remove_generation(self._generation.folder))
