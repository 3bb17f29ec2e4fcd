"""Generations of the index: made, published, looked up, removed."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from kinoteka.catalogue.documents import KINDS, Kind
from kinoteka.search.documents import Document
from kinoteka.search.elasticsearch import bulk
from kinoteka.search.elasticsearch.answers import highest
from kinoteka.search.elasticsearch.client import Client, NoSuchIndexError
from kinoteka.search.elasticsearch.fingerprinting import digests
from kinoteka.search.elasticsearch.mapping import index_settings, layout_of, mapping
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.elasticsearch.plugins import has_ukrainian
from kinoteka.search.elasticsearch.reading import DOCUMENTS, Cluster, count_documents
from kinoteka.search.engine import EngineUnavailableError, Ref, Refused

_LARGEST_SEGMENT = 5 * 2**30
"""Bytes; as Elasticsearch's own merges."""
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 1.0
"""Seconds."""
_STATS = msgspec.json.Decoder(dict[str, dict[str, dict[str, dict[str, int]]]])
_TASK, _STATE = msgspec.json.Decoder(dict[str, str]), msgspec.json.Decoder(dict[str, bool])


class Layout(msgspec.Struct, frozen=True):
    """`shards` of films and of persons; `replicas` None: one as soon as there is a second node."""

    name: str
    ukrainian: bool = False
    shards: int = 1
    replicas: int | None = None


async def find_layout(client: Client, shards: int, replicas: int | None) -> Layout:
    """As this program builds it on these nodes."""
    ukrainian = await has_ukrainian(client)
    return Layout(layout_of(ukrainian=ukrainian), ukrainian, shards, replicas)


async def find_build(cluster: Cluster) -> str | None:
    """The published one."""
    try:
        answer = await cluster.client.read("GET", f"/_alias/{cluster.names.alias('film')}")
    except NoSuchIndexError:
        return None
    indexes = list(msgspec.json.decode(answer, type=dict[str, Any]))
    return cluster.names.parse(indexes[0])[1] if indexes else None


async def highest_version(cluster: Cluster) -> int:
    build = await find_build(cluster)
    if build is None:
        raise NoSuchIndexError("The search index has not been built yet.")
    indexes = ",".join(cluster.names.indexes(build))
    query = {"sort": [{"feed_version": "desc"}], "size": 1, "track_total_hits": False}
    path = f"/{indexes}/_search?allow_partial_search_results=false&filter_path=hits.hits.sort"
    hits = highest(await cluster.client.read("POST", path, msgspec.json.encode(query))).hits.hits
    return max((hit.sort[0] for hit in hits), default=0)


async def create(cluster: Cluster, layout: Layout) -> "ElasticsearchBuild":
    """All indexes at once: Elasticsearch then publishes fewer states of the cluster, which takes a third less time."""
    build = f"{layout.name}-{secrets.token_hex(6)}"
    await asyncio.gather(*(_create_index(cluster, layout, kind, build) for kind in KINDS))
    return ElasticsearchBuild(cluster, layout, build)


async def _create_index(cluster: Cluster, layout: Layout, kind: Kind, build: str) -> None:
    settings = {"index": index_settings(kind, layout.shards)}
    aliases: dict[str, Any] = {cluster.names.entrance(kind, build): {}}
    body = {"settings": settings, "mappings": mapping(ukrainian=layout.ukrainian), "aliases": aliases}
    await cluster.client.write("PUT", f"/{cluster.names.index(kind, build)}", msgspec.json.encode(body))


async def resume(cluster: Cluster, layout: Layout, name: str) -> "ElasticsearchBuild | None":
    if not name.startswith(f"{layout.name}-") or name == await find_build(cluster):
        return None
    try:
        for index in cluster.names.indexes(name):
            await cluster.client.read("GET", f"/{index}/_alias")
    except NoSuchIndexError:
        return None
    return ElasticsearchBuild(cluster, layout, name)


async def remove(cluster: Cluster, name: str) -> None:
    indexes = ",".join(cluster.names.indexes(name))
    await cluster.client.write("DELETE", f"/{indexes}?ignore_unavailable=true")


async def compact(cluster: Cluster, index: str, shards: int) -> None:
    """Into as few segments as there may be. A misspelled word is looked for in the dictionary of each of them: after a
    build of a million films there are thirty, and a search takes five times as long as in one."""
    try:
        task = await _begin_merging(cluster, index, shards)
        pause = _FIRST_LOOK
        while not await _is_over(cluster, task):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_LOOK)
    except EngineUnavailableError:
        return  # begun, it goes on by itself; what is left when it could not begin, or ended, other merges do in time


async def _begin_merging(cluster: Cluster, index: str, shards: int) -> str:
    path = f"/{index}/_stats/store?filter_path=_all.primaries.store.size_in_bytes"
    found = _STATS.decode(await cluster.client.write("GET", path))
    size = found["_all"]["primaries"]["store"]["size_in_bytes"] if found else 0
    segments = 1 + size // (shards * _LARGEST_SEGMENT)
    path = f"/{index}/_forcemerge?max_num_segments={segments}&wait_for_completion=false"
    return _TASK.decode(await cluster.client.write("POST", path))["task"]


async def _is_over(cluster: Cluster, task: str) -> bool:
    return _STATE.decode(await cluster.client.write("GET", f"/_tasks/{task}?filter_path=completed"))["completed"]


async def publish(cluster: Cluster, layout: Layout, name: str) -> None:
    indexes = ",".join(cluster.names.indexes(name))
    await cluster.client.write("PUT", f"/{indexes}/_settings", msgspec.json.encode({"index": _serving(layout)}))
    await cluster.client.write("POST", f"/{indexes}/_refresh")
    actions = [action for kind in KINDS for action in _swap(cluster.names, kind, name)]
    await cluster.client.write("POST", "/_aliases", msgspec.json.encode({"actions": actions}))


def _serving(layout: Layout) -> dict[str, Any]:
    """Writers refresh; nothing is gained from doing it in between."""
    if layout.replicas is None:
        return {"refresh_interval": "1s", "auto_expand_replicas": "0-1"}
    return {"refresh_interval": "1s", "number_of_replicas": layout.replicas}


def _swap(names: Names, kind: Kind, build: str) -> list[dict[str, Any]]:
    alias, index = names.alias(kind), names.index(kind, build)
    shown = {"filter": DOCUMENTS} if kind == "genre" else {}
    return [
        {"remove": {"index": f"{alias}-*", "alias": alias, "must_exist": False}},
        {"add": {"index": index, "alias": alias, **shown}},
    ]


class ElasticsearchBuild:
    """A generation being written; any process may go on with it by its name."""

    def __init__(self, cluster: Cluster, layout: Layout, name: str) -> None:
        self._cluster, self._layout, self._name = cluster, layout, name

    @property
    def name(self) -> str:
        return self._name

    async def write(
        self, documents: Sequence[Document], deleted: Sequence[Ref] = (), *, version: int = 0, new: bool = False
    ) -> list[Refused]:
        target = {kind: self._cluster.names.entrance(kind, self._name) for kind in KINDS}
        waiting = bulk.lines(target, documents, deleted, version)
        return await bulk.send(self._cluster.client, waiting, version) if waiting else []

    async def count(self, kind: Kind) -> int:
        return await count_documents(self._cluster, await self._shown(kind))

    async def find_digests(self, kind: Kind, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        return await digests(self._cluster, await self._shown(kind), ids)

    async def _shown(self, kind: Kind) -> str:
        """Nothing refreshes a build by itself."""
        index = self._cluster.names.index(kind, self._name)
        await self._cluster.client.write("POST", f"/{index}/_refresh")
        return index

    async def compact(self, kind: Kind) -> None:
        await compact(self._cluster, self._cluster.names.index(kind, self._name), self._layout.shards)

    async def publish(self) -> None:
        await publish(self._cluster, self._layout, self._name)

    async def abandon(self) -> None:
        await remove(self._cluster, self._name)
