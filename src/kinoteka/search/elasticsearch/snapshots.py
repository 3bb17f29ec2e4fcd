"""Copies of Elasticsearch's index: snapshots in a repository that the cluster itself reads and writes."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Struct

from kinoteka.catalogue.documents import KINDS
from kinoteka.objects import Objects
from kinoteka.search.copies import IndexCopy, NoCopyError
from kinoteka.search.elasticsearch import generations
from kinoteka.search.elasticsearch.client import Client, NoSuchIndexError, NotTakenError
from kinoteka.search.elasticsearch.generations import Layout
from kinoteka.search.elasticsearch.names import Names
from kinoteka.search.elasticsearch.reading import Cluster, count_documents
from kinoteka.search.engine import EngineUnavailableError

ENGINE = "elasticsearch"
_LOOK = 0.3
_STUCK = 120.0
"""Seconds without a byte after which a snapshot that is being brought back is given up."""


class _Snapshot(Struct):
    snapshot: str
    uuid: str
    state: str
    indices: list[str] = []


class _Snapshots(Struct):
    snapshots: list[_Snapshot] = []


class _Health(Struct):
    status: str


class Repository(Struct, frozen=True):
    """`location`: where one of files lies, as the nodes see it; None: it was registered by somebody else."""

    name: str
    location: str | None

    @property
    def path(self) -> str:
        return f"/_snapshot/{quote(self.name, safe='')}"


def name_repository(setting: str, prefix: str) -> Repository:
    """`setting`: a folder, of which Kinotekas of other prefixes have other parts, or a repository's name."""
    if setting.startswith("/"):
        return Repository(f"{prefix}kinoteka", f"{setting.rstrip('/')}/{prefix}kinoteka")
    return Repository(setting, None)


class ElasticsearchSnapshots:
    """For the verbs see the port. `snapshots`: the setting; without it there are no copies."""

    def __init__(
        self,
        urls: Sequence[str],
        prefix: str,
        snapshots: str | None,
        *,
        shards: int = 1,
        replicas: int | None = None,
    ) -> None:
        self._cluster = Cluster(Client(urls), Names(prefix))
        self._repository = name_repository(snapshots, prefix) if snapshots else None
        self._shards, self._replicas = shards, replicas

    async def close(self) -> None:
        await self._cluster.client.close()

    async def is_empty(self) -> bool:
        if await generations.find_build(self._cluster) is None:
            return True
        counts = [await count_documents(self._cluster, self._cluster.names.alias(kind)) for kind in KINDS]
        return sum(counts) == 0

    async def take(self, objects: Objects, folder: str) -> IndexCopy | None:
        build = await generations.find_build(self._cluster)
        if build is None:
            return None
        repository = await self._open()
        highest = await generations.highest_version(self._cluster)
        name = folder.strip("/").split("/")[-2].lower()
        try:
            snapshot = await self._take(repository, name, build)
        except BaseException:
            await self._remove(repository, name)
            raise
        layout = build.partition("-")[0]
        return IndexCopy(ENGINE, layout, build, highest, repository=repository.name, snapshot=name, uuid=snapshot.uuid)

    async def check(self, copy: IndexCopy) -> None:
        if copy.engine != ENGINE:
            raise NoCopyError(f"The backup's copy of the index is one of {copy.engine}.")
        if copy.layout != (await self._find_layout()).name:
            raise NoCopyError("The backup's copy of the index is of another layout.")
        snapshot = await self._find(await self._open(), copy.snapshot or "")
        wanted = set(self._cluster.names.indexes(copy.build))
        if snapshot is None or snapshot.uuid != copy.uuid:
            raise NoCopyError(f"Elasticsearch has no snapshot {copy.snapshot} any more.")
        if snapshot.state != "SUCCESS" or not wanted <= set(snapshot.indices):
            raise NoCopyError(f"Elasticsearch's snapshot {copy.snapshot} is not whole.")

    async def bring_back(self, copy: IndexCopy, objects: Objects) -> None:
        """What an attempt that was killed left of it, not published, goes first."""
        await self.check(copy)
        old = await generations.find_build(self._cluster)
        await generations.remove(self._cluster, copy.build)
        try:
            await self._restore(await self._open(), copy)
            await generations.publish(self._cluster, await self._find_layout(), copy.build)
        except BaseException:
            await generations.remove(self._cluster, copy.build)
            raise
        if old and old != copy.build:
            await generations.remove(self._cluster, old)

    async def remove(self, copy: IndexCopy) -> None:
        if copy.engine == ENGINE and self._repository and self._repository.name == copy.repository:
            await self._remove(self._repository, copy.snapshot or "")

    async def _find_layout(self) -> Layout:
        return await generations.find_layout(self._cluster.client, self._shards, self._replicas)

    async def _open(self) -> Repository:
        """Registers the one of files, which a cluster that is new does not know."""
        if self._repository is None:
            raise NoCopyError("KINOTEKA_ELASTICSEARCH_SNAPSHOTS is not set, so a restore builds the index anew.")
        if self._repository.location:
            body = {"type": "fs", "settings": {"location": self._repository.location}}
            await self._send("PUT", self._repository.path, body)
        return self._repository

    async def _take(self, repository: Repository, name: str, build: str) -> _Snapshot:
        body = {"indices": self._cluster.names.indexes(build), "include_global_state": False}
        await self._send("PUT", f"{repository.path}/{name}", body)
        while (snapshot := await self._find(repository, name)) and snapshot.state == "IN_PROGRESS":  # noqa: ASYNC110 - what is awaited happens in Elasticsearch
            await asyncio.sleep(_LOOK)
        if snapshot is None or snapshot.state != "SUCCESS":
            raise NoCopyError("Elasticsearch could not finish the snapshot of the index; its log says why.")
        return snapshot

    async def _find(self, repository: Repository, name: str) -> _Snapshot | None:
        answer = await self._send("GET", f"{repository.path}/{quote(name, safe='')}?ignore_unavailable=true")
        return next(iter(msgspec.json.decode(answer, type=_Snapshots).snapshots), None)

    async def _remove(self, repository: Repository, name: str) -> None:
        """One that is gone, or whose repository is, is gone."""
        try:
            await self._cluster.client.write("DELETE", f"{repository.path}/{quote(name, safe='')}")
        except (NoSuchIndexError, NotTakenError):
            return

    async def _restore(self, repository: Repository, copy: IndexCopy) -> None:
        names = self._cluster.names
        body = {"indices": names.indexes(copy.build), "include_global_state": False, "include_aliases": False}
        await self._send("POST", f"{repository.path}/{quote(copy.snapshot or '', safe='')}/_restore", body)
        await self._await_shards(",".join(names.indexes(copy.build)))
        actions = [
            {"add": {"index": names.index(kind, copy.build), "alias": names.entrance(kind, copy.build)}}
            for kind in KINDS
        ]
        await self._send("POST", "/_aliases", {"actions": actions})

    async def _await_shards(self, indexes: str) -> None:
        """Until every document can be read. Raises NoCopyError when that comes no nearer."""
        loop = asyncio.get_running_loop()
        seen, since = b"", loop.time()
        while await self._is_red(indexes):
            progress = await self._send("GET", f"/{indexes}/_recovery?filter_path=**.recovered_in_bytes")
            if progress != seen:
                seen, since = progress, loop.time()
            if loop.time() - since > _STUCK:
                raise NoCopyError("Elasticsearch cannot bring its snapshot of the index back; its log says why.")
            await asyncio.sleep(_LOOK)

    async def _is_red(self, indexes: str) -> bool:
        answer = await self._send("GET", f"/_cluster/health/{indexes}?timeout=0s&filter_path=status")
        return msgspec.json.decode(answer, type=_Health).status == "red"

    async def _send(self, method: Any, path: str, body: Any = None) -> bytes:
        """Raises NoCopyError where the cluster says no, EngineUnavailableError where it says nothing."""
        try:
            return await self._cluster.client.write(method, path, None if body is None else msgspec.json.encode(body))
        except (NotTakenError, NoSuchIndexError) as error:
            raise NoCopyError(f"Elasticsearch's snapshots cannot be used: {error}") from error
        except EngineUnavailableError as error:
            if "repository" in error.detail:
                raise NoCopyError(f"Elasticsearch's snapshots cannot be used: {error.detail}") from error
            raise
