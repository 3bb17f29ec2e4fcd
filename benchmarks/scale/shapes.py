"""The two shapes a catalogue is measured in: what a process is told, which programs work for it, what they keep.

What was imported and built stays between two calls of the command, so that a run goes on where it was cut off.
"""

import os
import shutil
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Protocol

import asyncpg
import httpx
from redis.asyncio import Redis
from sqlalchemy.engine import make_url

from benchmarks.own_engines import remove_indexes
from benchmarks.stack import execute
from kinoteka.embedded import read_holder

SERVERS = ("TEST_POSTGRES_URL", "TEST_ELASTICSEARCH_URL", "TEST_REDIS_URL")
_MEASURED = {"KINOTEKA_LOG_FORMAT": "json", "KINOTEKA_SEARCHES_PER_MINUTE": "0", "KINOTEKA_CACHE_BYTES": "0"}
"""Neither limits nor caches."""


class Shape(Protocol):
    environment: dict[str, str]

    async def prepare(self) -> None:
        """Nothing happens to what is there already."""

    async def find_programs(self) -> dict[str, int]:
        """Process ids of the servers."""

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """To the database, while the API runs."""

    async def measure_index(self) -> dict[str, int]:
        """Bytes that are kept beside the database."""

    async def remove(self) -> None: ...


class Embedded:
    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self.environment = _MEASURED | {"KINOTEKA_DATA": str(self._data)}

    async def prepare(self) -> None:
        self._data.parent.mkdir(parents=True, exist_ok=True)

    async def find_programs(self) -> dict[str, int]:
        return {}

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        holder = read_holder(self._data)
        assert holder
        return await asyncpg.connect(holder.database_url)

    async def measure_index(self) -> dict[str, int]:
        return {
            "index": _bytes_below(self._data / "index"),
            "log of PostgreSQL": _bytes_below(self._data / "postgres/pg_wal"),
        }

    async def remove(self) -> None:
        shutil.rmtree(self._data.parent, ignore_errors=True)


class Served:
    """A database, indexes and keys of one's own on the servers that TEST_* name; they run on this machine."""

    def __init__(self, folder: Path, films: int) -> None:
        missing = [name for name in SERVERS if name not in os.environ]
        if missing:
            raise SystemExit(f"On servers: set {', '.join(missing)}.")
        self._folder, self._name = folder, f"scale_{films}"
        self._server, self._elasticsearch, self._redis = (os.environ[name] for name in SERVERS)
        self._database = make_url(self._server).set(database=self._name).render_as_string(hide_password=False)
        self.environment = _MEASURED | {
            "KINOTEKA_DATA": str(folder / "data"),
            "KINOTEKA_DATABASE_URL": self._database,
            "KINOTEKA_ELASTICSEARCH_URL": self._elasticsearch,
            "KINOTEKA_ELASTICSEARCH_PREFIX": f"{self._name}-",
            "KINOTEKA_REDIS_URL": self._redis,
            "KINOTEKA_REDIS_PREFIX": f"{self._name}_{token_hex(4)}",  # what an earlier call kept answers nothing
            "KINOTEKA_INDEXER": "false",
        }

    async def prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        key = self._folder / "key"
        if not key.exists():
            await execute(self._server, f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
            await execute(self._server, f'CREATE DATABASE "{self._name}"')
            key.write_text(token_urlsafe(48))
        self.environment["KINOTEKA_SECRET_KEY"] = key.read_text()

    async def find_programs(self) -> dict[str, int]:
        connection = await asyncpg.connect(self._server)
        postmaster = _parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
        await connection.close()
        async with httpx.AsyncClient(base_url=self._elasticsearch.split(",")[0]) as http:
            nodes = list((await http.get("/_nodes/process")).json()["nodes"].values())
        names = ["Elasticsearch", *(f"Elasticsearch {number}" for number in range(2, len(nodes) + 1))]
        redis = Redis.from_url(self._redis)
        keeper = (await redis.info("server"))["process_id"]
        await redis.aclose()
        return {
            "PostgreSQL": postmaster,
            **{name: node["process"]["id"] for name, node in zip(names, nodes, strict=True)},
            "Redis": keeper,
        }

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self._database)

    async def measure_index(self) -> dict[str, int]:
        async with httpx.AsyncClient(base_url=self._elasticsearch.split(",")[0], timeout=60) as http:
            listed = await http.get(f"/_cat/indices/{self._name}-*", params={"format": "json", "bytes": "b"})
        return {"index": sum(int(row["store.size"]) for row in listed.json())}

    async def remove(self) -> None:
        await remove_indexes(self._elasticsearch.split(",")[0], f"{self._name}-")
        await execute(self._server, f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        shutil.rmtree(self._folder, ignore_errors=True)


SHAPES = ("embedded", "servers")


def open_shape(name: str, folder: Path, films: int) -> Shape:
    return Embedded(folder) if name == "embedded" else Served(folder, films)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().split()[3])
