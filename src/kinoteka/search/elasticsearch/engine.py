"""The search engine of a cluster: any number of processes read and write it at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from uuid import UUID

from msgspec.structs import replace

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.search.documents import Document
from kinoteka.search.elasticsearch import (
    bulk,
    fingerprinting,
    generations,
    listing,
    picking,
    reading,
    searching,
    suggesting,
)
from kinoteka.search.elasticsearch.client import READ_SECONDS, Client
from kinoteka.search.elasticsearch.generations import ElasticsearchBuild, Layout
from kinoteka.search.elasticsearch.mapping import layout_of
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.elasticsearch.reading import Cluster
from kinoteka.search.elasticsearch.refreshes import Refreshes
from kinoteka.search.elasticsearch.totals import Stamp, Totals
from kinoteka.search.engine import EngineUnavailableError, Fingerprint, Found, Hits, Ref, Refused, Stored, Suggestion
from kinoteka.search.query import Filters, Listing, Search, Suggest


class ElasticsearchEngine:
    """For the verbs see the port. `urls`: the nodes; `stamp`: see Totals."""

    def __init__(
        self,
        urls: Sequence[str],
        prefix: str,
        stamp: Stamp,
        *,
        timeout: float = READ_SECONDS,
        shards: int = 1,
        replicas: int | None = None,
        client: Client | None = None,
    ) -> None:
        self._cluster = Cluster(client or Client(urls, timeout), Names(prefix))
        self._shards, self._replicas = shards, replicas
        self._layout: Layout | None = None
        self._refreshes = Refreshes(self._cluster)
        self._totals = Totals(stamp)
        self._genre_names = searching.GenreNames(stamp)

    @property
    def is_shared(self) -> bool:
        return True

    @property
    def layout(self) -> str:
        """As far as the nodes' plugins are known, which asking for the build finds out."""
        return layout_of(ukrainian=self._cluster.ukrainian)

    @property
    def conflicts(self) -> int:
        return self._cluster.client.conflicts

    async def find_build(self) -> str | None:
        await self._find_layout()
        return await generations.find_build(self._cluster)

    async def _find_layout(self) -> Layout:
        """The nodes are asked once what plugins they have."""
        if self._layout is None:
            self._layout = await generations.find_layout(self._cluster.client, self._shards, self._replicas)
            self._cluster = replace(self._cluster, ukrainian=self._layout.ukrainian)
        return self._layout

    async def open(self) -> bool:
        """False, too, while nobody answers: reading then says so until somebody does."""
        try:
            build = await self.find_build()
        except EngineUnavailableError:
            return False
        return build is not None and build.startswith(f"{self.layout}-")

    async def close(self) -> None:
        await self._cluster.client.close()

    async def write(
        self,
        documents: Sequence[Document],
        deleted: Sequence[Ref] = (),
        *,
        version: int = 0,
        builds: Sequence[str] = (),
    ) -> list[Refused]:
        waiting = [line for target in self._targets(builds) for line in bulk.lines(target, documents, deleted, version)]
        if not waiting:
            return []
        refused = await bulk.send(self._cluster.client, waiting, version)
        await self._refreshes.join({line.kind for line in waiting})
        return list(dict.fromkeys(refused))

    def _targets(self, names: Sequence[str]) -> list[dict[Kind, str]]:
        if not names:
            return [{kind: self._cluster.names.alias(kind) for kind in KINDS}]
        return [{kind: self._cluster.names.entrance(kind, name) for kind in KINDS} for name in names]

    async def start_build(self) -> ElasticsearchBuild:
        return await generations.create(self._cluster, await self._find_layout())

    async def resume_build(self, name: str) -> ElasticsearchBuild | None:
        return await generations.resume(self._cluster, await self._find_layout(), name)

    async def remove_build(self, name: str) -> None:
        if name != await self.find_build():
            await generations.remove(self._cluster, name)

    async def highest_version(self) -> int:
        return await generations.highest_version(self._cluster)

    async def fingerprints(self, kind: Kind) -> AsyncIterator[Fingerprint]:
        async with aclosing(fingerprinting.batches(self._cluster, kind)) as batches:
            async for batch in batches:
                for fingerprint in batch:
                    yield fingerprint

    async def get(self, kind: Kind, id: UUID) -> Stored | None:  # noqa: A002 - the field's own term
        return await reading.find_document(self._cluster, kind, id)

    async def get_many(self, kind: Kind, ids: Sequence[UUID]) -> list[Stored]:
        return await reading.list_documents(self._cluster, kind, ids)

    async def find_external(self, source: str, value: str) -> Stored | None:
        return await reading.find_external(self._cluster, source, value)

    async def page(self, asked: Listing) -> Hits:
        return await listing.page(self._cluster, self._totals, asked)

    async def search(self, search: Search) -> Found:
        return await searching.search(self._cluster, self._genre_names, search)

    async def suggest(self, suggest: Suggest) -> list[Suggestion]:
        return await suggesting.suggest(self._cluster, suggest)

    async def similar(self, film: UUID, size: int, offset: int) -> Hits | None:
        return await picking.similar(self._cluster, film, size, offset)

    async def random(self, filters: Filters) -> Stored | None:
        return await picking.random_film(self._cluster, filters)

    async def count(self, kind: Kind) -> int:
        return await reading.count_documents(self._cluster, self._cluster.names.alias(kind))

    async def find_genres(self, names: Sequence[str]) -> dict[str, UUID]:
        return await reading.find_genres(self._cluster, names)
