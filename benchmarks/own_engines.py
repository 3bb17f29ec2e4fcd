"""Search engines of one's own to measure: an index in a temporary folder, or under a prefix that is removed again."""

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from kinoteka.search.elasticsearch import ElasticsearchEngine
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine

ENGINES = ("tantivy", "elasticsearch")


@asynccontextmanager
async def own_engine(name: str, url: str | None = None) -> AsyncIterator[SearchEngine]:
    """`url`: Elasticsearch's nodes, with commas between; those of TEST_ELASTICSEARCH_URL when None."""
    if name == "tantivy":
        with tempfile.TemporaryDirectory() as folder:
            embedded = TantivyEngine(Path(folder))
            yield embedded
            await embedded.close()
        return
    nodes = (url or os.environ.get("TEST_ELASTICSEARCH_URL", "")).split(",")
    if nodes == [""]:
        raise SystemExit("Say where Elasticsearch is: --url or TEST_ELASTICSEARCH_URL.")
    prefix = f"bench-{uuid4().hex[:8]}-"
    engine = ElasticsearchEngine(nodes, prefix, lambda _: 0, timeout=30)
    try:
        yield engine
    finally:
        await engine.close()
        await remove_indexes(nodes[0], prefix)


async def find_processes(url: str) -> list[int]:
    """Of the cluster's nodes; none of those that are on another machine, in a container or another user's."""
    async with httpx.AsyncClient(base_url=url) as client:
        nodes = (await client.get("/_nodes/process")).json()["nodes"].values()
    return [node["process"]["id"] for node in nodes if _is_ours(node["process"]["id"])]


def _is_ours(pid: int) -> bool:
    process = Path(f"/proc/{pid}")
    try:
        runs_it = b"elasticsearch" in (process / "cmdline").read_bytes()
        return runs_it and os.geteuid() in (0, process.stat().st_uid)
    except OSError:
        return False


async def remove_indexes(url: str, prefix: str) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        names = [row["index"] for row in (await client.get(f"/_cat/indices/{prefix}*?format=json&h=index")).json()]
        await client.delete("/" + ",".join(names))
