"""Three nodes of Elasticsearch on this machine: which is which, and what they hold."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import httpx

from benchmarks.services import Servers, ServicesError
from kinoteka.settings import Settings

NODES = 3
HEAP = "512m"
NAMES = ("elasticsearch", *(f"elasticsearch{number}" for number in range(2, NODES + 1)))
_PATIENCE = 180.0
_DOWNLOADED = ("elasticsearch-dist", "bin")


@dataclass
class Nodes:
    """Of a folder of its own: a node that was once alone does not join a cluster. What another folder of servers has
    downloaded is used."""

    servers: Servers
    addresses: tuple[str, ...] = ()

    async def up(self) -> None:
        """All names at once: a cluster is there when its nodes have found each other."""
        await asyncio.gather(*(self.servers.start(name) for name in reversed(NAMES)))
        await self.servers.up("postgres", "redis")
        self.addresses = tuple(self.servers.elasticsearch.split(","))

    async def find_master(self) -> int:
        """Its number, from 0."""
        rows = await self._get("/_cat/master?format=json")
        return int(rows[0]["node"].removeprefix("node-")) - 1

    async def copies(self, settings: Settings) -> list[str]:
        """Of each shard: index, whether primary, state, node."""
        prefix = settings.elasticsearch_prefix
        rows = await self._get(f"/_cat/shards/{prefix}*?format=json&h=index,prirep,state,node")
        return sorted(f"{row['index']} {row['prirep']} {row['state']} {row['node']}" for row in rows)

    async def until_green(self) -> None:
        """Each shard has its copy again, and all nodes are there."""
        wanted = f"wait_for_status=green&wait_for_nodes={NODES}&wait_for_no_relocating_shards=true&timeout=1s"
        deadline = monotonic() + _PATIENCE
        while (await self._get(f"/_cluster/health?{wanted}")).get("timed_out", True):
            if monotonic() > deadline:
                raise ServicesError("The cluster does not become whole again.")

    async def _get(self, path: str) -> Any:
        """From whichever node answers."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            for address in self.addresses:
                try:
                    answer = await http.get(address + path)
                except httpx.TransportError:
                    continue
                if answer.status_code in (200, 408):
                    return answer.json()
        return {}


def nodes_in(folder: Path, downloads: Path) -> Nodes:
    """`downloads`: a folder of servers that may have been started before."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _DOWNLOADED:
        if (downloads / name).exists() and not (folder / name).exists():
            (folder / name).symlink_to((downloads / name).resolve())
    return Nodes(Servers(folder, {"ES_NODES": str(NODES), "ES_HEAP": HEAP}))
