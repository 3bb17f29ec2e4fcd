"""`python -m benchmarks.crash --services FOLDER`: the same on PostgreSQL and Elasticsearch servers.

Writers change the catalogue; four processes keep the index, and one of them is killed about once a second; both servers
are killed and started again under load; in the first quarter the index is rebuilt, by processes that are killed too.
Each stretch of time changes a part of the catalogue that no later one touches, so that no later change repairs what a
kill spoiled. In the end database and index are compared, document by document.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import text
from sqlalchemy.engine import make_url

from benchmarks import changes
from benchmarks.changes import World
from benchmarks.services import Servers
from kinoteka import migrations
from kinoteka.bootstrap import Services, open_services
from kinoteka.catalogue.documents import KINDS, Kind, Record, build_records
from kinoteka.database import open_database
from kinoteka.indexer.service import get_status
from kinoteka.search.documents import digest
from kinoteka.settings import Settings

PROCESSES, WRITERS = 4, 3
STRETCHES = 20
FILMS, PERSONS, GENRES = 4000, 4000, 20
"""Of the made-up catalogue."""
PATIENCE = 900.0
_AT_ONCE = 100
LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    TimeoutError,
)


@dataclass
class Run:
    """`parts`: of the catalogue, one for each stretch."""

    servers: Servers
    settings: Settings
    folder: Path
    random: Random
    seconds: float
    parts: list[World] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    over: bool = False

    @property
    def database_url(self) -> str:
        assert self.settings.database_url
        return self.settings.database_url

    @property
    def share(self) -> float:
        """Of the time that is over."""
        return min(1.0, (monotonic() - self.began) / self.seconds)

    @property
    def part(self) -> World:
        return self.parts[min(len(self.parts) - 1, int(self.share * len(self.parts)))]


async def crash(arguments: Any, folder: Path, seed: int) -> tuple[Run, dict[Kind, Counter[str]]]:
    servers = Servers(arguments.services)
    await servers.up()
    try:
        return await _crash_on(servers, arguments, folder, seed)
    finally:
        await servers.down()


async def _crash_on(servers: Servers, arguments: Any, folder: Path, seed: int) -> tuple[Run, dict[Kind, Counter[str]]]:
    name = f"crash_{seed}_{os.getpid()}"
    url = make_url(servers.postgres).set(database=name).render_as_string(hide_password=False)
    settings = Settings(
        data=folder / "data",
        database_url=url,
        elasticsearch_url=servers.elasticsearch,
        elasticsearch_prefix=f"{name.replace('_', '-')}-",
        redis_url=servers.redis,
        redis_prefix=name,
        log_format="json",
    )
    run = Run(servers, settings, folder, Random(seed), arguments.seconds)
    await _execute(servers.postgres, f'CREATE DATABASE "{name}"')
    try:
        await _fill(run, arguments.catalogue)
        await _crash(run, arguments)
        return run, await _compare(run)
    finally:
        await _end(run)
        await _remove_indexes(settings)
        await _execute(servers.postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _crash(run: Run, arguments: Any) -> None:
    for _ in range(PROCESSES):
        run.processes.append(await _start(run))
    await _settle(run)
    run.began = monotonic()
    works = [_write(run, Random(run.random.random())) for _ in range(WRITERS)]
    works += [_kill_processes(run), _kill_server(run, "postgres", 0.3), _kill_server(run, "elasticsearch", 0.55)]
    works += [_kill_server(run, "postgres", 0.8), _rebuild(run)]
    await asyncio.gather(*works, _end_later(run))
    run.counts["events waiting at the end"] = sum((await _status(run)).depth)
    starting = asyncio.create_task(_start_again(run))
    try:
        await _settle(run)
    finally:
        starting.cancel()
        await asyncio.wait([starting])


async def _end_later(run: Run) -> None:
    await asyncio.sleep(run.seconds)
    run.over = True


async def _write(run: Run, random: Random) -> None:
    """Connects again whenever the connection is lost."""
    while not run.over:
        try:
            connection = await asyncpg.connect(run.database_url, timeout=5, command_timeout=30)
            try:
                while not run.over:
                    kinds = [*changes.COMMON, *changes.RARE]
                    kept = await changes.apply(connection, changes.draw(run.part, kinds), random.random() < 0.05)
                    run.counts["changes committed" if kept else "changes refused or rolled back"] += 1
                    await asyncio.sleep(random.uniform(0, 0.02))
            finally:
                connection.terminate()
        except LOST:
            run.counts["writers cut off"] += 1
            await asyncio.sleep(0.1)


async def _kill_processes(run: Run) -> None:
    while not run.over:
        await asyncio.sleep(run.random.uniform(0.5, 1.5))
        number = run.random.randrange(PROCESSES)
        victim = run.processes[number]
        if victim.returncode is None:
            victim.kill()
            await victim.wait()
            run.counts["kills of an indexer"] += 1
        else:
            run.counts["indexers that ended by themselves"] += 1
        run.processes[number] = await _start(run)


async def _start_again(run: Run) -> None:
    """As whatever looks after processes would: those that found PostgreSQL still starting up have ended."""
    while True:
        for number, process in enumerate(run.processes):
            if process.returncode is not None:
                run.processes[number] = await _start(run)
        await asyncio.sleep(1)


async def _kill_server(run: Run, name: str, share: float) -> None:
    await asyncio.sleep(run.seconds * (share + run.random.uniform(-0.05, 0.05)))
    await run.servers.kill(name)
    run.counts[f"kills of {name}"] += 1
    await asyncio.sleep(run.random.uniform(0, 2))
    await run.servers.start(name)


async def _rebuild(run: Run) -> None:
    """Early: what it builds would hide what went wrong before."""
    await asyncio.sleep(run.seconds * run.random.uniform(0.05, 0.15))
    await _execute(run.database_url, "SELECT search_rebuild_needed()")
    run.counts["rebuilds"] += 1


async def _start(run: Run) -> Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KINOTEKA_")}
    settings = run.settings
    own = {
        "KINOTEKA_DATA": str(settings.data),
        "KINOTEKA_DATABASE_URL": settings.database_url,
        "KINOTEKA_ELASTICSEARCH_URL": settings.elasticsearch_url,
        "KINOTEKA_ELASTICSEARCH_PREFIX": settings.elasticsearch_prefix,
        "KINOTEKA_REDIS_URL": settings.redis_url,
        "KINOTEKA_REDIS_PREFIX": settings.redis_prefix,
        "KINOTEKA_LOG_FORMAT": "json",
        "KINOTEKA_SECRET_KEY": "a secret of the bench, long enough for all",
    }
    with (run.folder / "indexers.log").open("ab") as log:
        return await create_subprocess_exec(
            *(sys.executable, "-m", "kinoteka", "index", "run", "--consumers", "1"),
            env={**environment, **{name: value for name, value in own.items() if value}},
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
        )


async def _end(run: Run) -> None:
    for process in run.processes:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


async def _fill(run: Run, catalogue: Path | None) -> None:
    database = open_database(run.database_url, 2)
    await migrations.upgrade(database)
    await database.close()
    if catalogue:
        await _import(run, catalogue)
    else:
        await _populate(run)
    connection = await asyncpg.connect(run.database_url)
    ids = {kind: [row["id"] for row in await connection.fetch(f"SELECT id FROM {kind} ORDER BY id")] for kind in KINDS}
    await connection.close()
    for stretch in range(STRETCHES):
        own = {kind: _every(ids[kind], stretch) for kind in ("film", "person")}
        run.parts.append(World(Random(run.random.random()), own["film"], own["person"], ids["genre"]))


def _every(ids: list[UUID], stretch: int) -> list[UUID]:
    return ids[stretch::STRETCHES]


async def _import(run: Run, catalogue: Path) -> None:
    descriptions = catalogue / "descriptions.jsonl.gz"
    more = ["--descriptions", str(descriptions)] if descriptions.exists() else []
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "kinoteka", "import", "imdb", str(catalogue), *more),
        env={**os.environ, "KINOTEKA_DATABASE_URL": run.database_url},
        stdout=DEVNULL,
    )
    assert await process.wait() == 0


async def _populate(run: Run) -> None:
    connection = await asyncpg.connect(run.database_url)
    await changes.populate(connection, run.random, FILMS, PERSONS, GENRES)
    await connection.close()


async def _status(run: Run) -> Any:
    database = open_database(run.database_url, 2)
    try:
        return await get_status(database)
    finally:
        await database.close()


async def _settle(run: Run) -> None:
    """Until nothing waits to be indexed."""
    deadline = monotonic() + PATIENCE
    status = None
    while monotonic() < deadline:
        status = await _status(run)
        if status.index_name and status.depth == (0, 0) and not status.rebuild_needed and not status.reconcile:
            return
        await asyncio.sleep(0.1)
    raise RuntimeError(f"The feed does not come to rest: {status}; see {run.folder / 'indexers.log'}")


async def _compare(run: Run) -> dict[Kind, Counter[str]]:
    await _end(run)
    async with open_services(run.settings, run.database_url) as services:
        return {kind: await _compare_kind(services, kind) for kind in KINDS}


async def _compare_kind(services: Services, kind: Kind) -> Counter[str]:
    """By the bytes of the items, and by the digests of the whole documents."""
    indexed = {fingerprint.id: fingerprint.digest async for fingerprint in services.engine.fingerprints(kind)}
    async with services.database.transaction() as connection:
        ids = list(await connection.scalars(text(f"SELECT id FROM {kind} WHERE deleted_at IS NULL")))
        result = Counter(documents=len(ids), ghosts=len(set(indexed).difference(ids)), doubled=0)
        for start in range(0, len(ids), _AT_ONCE):
            records = await build_records(connection, kind, ids[start : start + _AT_ONCE])
            result += await _compare_records(services, kind, records, indexed)
    return result


async def _compare_records(
    services: Services, kind: Kind, records: list[Record], indexed: dict[UUID, bytes]
) -> Counter[str]:
    stored = {each.id: each for each in await services.engine.get_many(kind, [record.id for record in records])}
    result: Counter[str] = Counter()
    for record in records:
        there = stored.get(record.id)
        if there is None or record.id not in indexed:
            result["missing"] += 1
        elif (there.data, there.version, indexed[record.id]) != (record.item, record.version, digest(record)):
            result["stale"] += 1
    return result


def count_comparisons(folder: Path) -> int:
    """How often an indexer found a reason to compare all: that would repair what this is about."""
    lines = (folder / "indexers.log").read_text(errors="replace").splitlines()
    return sum("will be compared" in line for line in lines)


async def _remove_indexes(settings: Settings) -> None:
    process = await create_subprocess_exec(
        *("curl", "-sf", f"{settings.elasticsearch_url}/_cat/indices/{settings.elasticsearch_prefix}*?format=json"),
        stdout=asyncio.subprocess.PIPE,
    )
    listed, _ = await process.communicate()
    for row in msgspec.json.decode(listed or b"[]"):
        address = f"{settings.elasticsearch_url}/{row['index']}"
        await (await create_subprocess_exec("curl", "-sf", "-XDELETE", address, stdout=DEVNULL)).wait()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
