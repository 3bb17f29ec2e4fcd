"""The cluster as `kinoteka doctor` sees it: versions, health, room on disk, plugins."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from kinoteka.search.elasticsearch.client import Client
from kinoteka.servers import ServerFacts

MAJOR = 9
LEAST_FREE = 0.15
"""Of a node's disk: below it Elasticsearch puts no more shards there, and soon after it refuses writes."""


class _Disk(Struct):
    available_in_bytes: int = 0
    total_in_bytes: int = 1


class _FileSystem(Struct):
    total: _Disk


class _NodeStats(Struct):
    fs: _FileSystem


class _Stats(Struct):
    nodes: dict[str, _NodeStats]


class _Plugin(Struct):
    name: str


class _Node(Struct):
    version: str
    plugins: list[_Plugin] = []


class _Nodes(Struct):
    nodes: dict[str, _Node]


class _Health(Struct):
    status: Literal["green", "yellow", "red"]


class _Cluster(Struct):
    nodes: Sequence[_Node]
    disks: Sequence[_Disk]
    health: _Health


async def gather_facts(urls: Sequence[str]) -> ServerFacts:
    """Raises EngineUnavailableError."""
    client = Client(urls)
    try:
        nodes = await _ask(client, "/_nodes/plugins", _Nodes)
        stats = await _ask(client, "/_nodes/stats/fs", _Stats)
        health = await _ask(client, "/_cluster/health", _Health)
    finally:
        await client.close()
    cluster = _Cluster([*nodes.nodes.values()], [node.fs.total for node in stats.nodes.values()], health)
    return ServerFacts(_describe(cluster), tuple(_find_faults(cluster)))


async def _ask(client: Client, path: str, shape: Any) -> Any:
    return msgspec.json.decode(await client.read("GET", path), type=shape)


def _describe(cluster: _Cluster) -> str:
    versions = ", ".join(sorted({node.version for node in cluster.nodes}))
    free = min(disk.available_in_bytes for disk in cluster.disks) / 2**30
    plugins = sorted({plugin.name for node in cluster.nodes for plugin in node.plugins})
    number = len(cluster.nodes)
    nodes = "1 node" if number == 1 else f"{number} nodes"
    return f"{versions}, {nodes}, {cluster.health.status}, {free:.1f} GB free, plugins: {', '.join(plugins) or 'none'}"


def _find_faults(cluster: _Cluster) -> Iterator[str]:
    if any(int(node.version.partition(".")[0]) != MAJOR for node in cluster.nodes):
        yield f"Use Elasticsearch {MAJOR} on every node."
    if cluster.health.status == "red":
        yield "Shards are missing: start the nodes that hold them, or rebuild with `kinoteka index rebuild`."
    if any(disk.available_in_bytes < LEAST_FREE * disk.total_in_bytes for disk in cluster.disks):
        yield "Make room: a node's disk is nearly full, and Elasticsearch refuses writes then."
