"""`python -m benchmarks.crash --services FOLDER`: the same on PostgreSQL and Elasticsearch servers.

Writers change the catalogue; four processes keep the index, and one of them is killed about once a second; both servers
are killed and started again under load; in the first quarter the index is rebuilt, by processes that are killed too.
Each stretch of time changes a part of the catalogue that no later one touches, so that no later change repairs what a
kill spoiled. In the end database and index are compared, document by document.
"""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks import changes
from benchmarks.agreement import Agreement, compare, get_feed, settle
from benchmarks.changes import World
from benchmarks.services import Servers
from benchmarks.stack import execute, import_films, own_settings, start
from kinoteka import migrations
from kinoteka.catalogue.documents import KINDS
from kinoteka.database import open_database
from kinoteka.settings import Settings

PROCESSES, WRITERS = 4, 3
STRETCHES = 20
FILMS, PERSONS, GENRES = 4000, 4000, 20
"""Of the made-up catalogue."""
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
    def log(self) -> Path:
        return self.folder / "indexers.log"

    @property
    def share(self) -> float:
        """Of the time that is over."""
        return min(1.0, (monotonic() - self.began) / self.seconds)

    @property
    def part(self) -> World:
        return self.parts[min(len(self.parts) - 1, int(self.share * len(self.parts)))]


async def crash(arguments: Any, folder: Path, seed: int) -> tuple[Run, Agreement]:
    servers = Servers(arguments.services)
    await servers.up()
    try:
        return await _crash_on(servers, arguments, folder, seed)
    finally:
        await servers.down()


async def _crash_on(servers: Servers, arguments: Any, folder: Path, seed: int) -> tuple[Run, Agreement]:
    async with own_settings(folder, servers.urls, f"crash_{seed}_{os.getpid()}") as settings:
        run = Run(servers, settings, folder, Random(seed), arguments.seconds)
        try:
            await _fill(run, arguments.catalogue)
            await _crash(run)
            await _end(run)
            return run, await compare(run.settings)
        finally:
            await _end(run)


async def _crash(run: Run) -> None:
    for _ in range(PROCESSES):
        run.processes.append(await _start(run))
    await settle(run.database_url, run.log)
    run.began = monotonic()
    works = [_write(run, Random(run.random.random())) for _ in range(WRITERS)]
    works += [_kill_processes(run), _kill_server(run, "postgres", 0.3), _kill_server(run, "elasticsearch", 0.55)]
    works += [_kill_server(run, "postgres", 0.8), _rebuild(run)]
    await asyncio.gather(*works, _end_later(run))
    run.counts["events waiting at the end"] = sum((await get_feed(run.database_url)).depth)
    starting = asyncio.create_task(_start_again(run))
    try:
        await settle(run.database_url, run.log)
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
    await execute(run.database_url, "SELECT search_rebuild_needed()")
    run.counts["rebuilds"] += 1


async def _start(run: Run) -> Process:
    return await start(run.settings, run.log, "index", "run", "--consumers", "1")


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
        await import_films(run.settings, catalogue)
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


async def _populate(run: Run) -> None:
    connection = await asyncpg.connect(run.database_url)
    await changes.populate(connection, run.random, FILMS, PERSONS, GENRES)
    await connection.close()


def count_comparisons(folder: Path) -> int:
    """How often an indexer found a reason to compare all: that would repair what this is about."""
    lines = (folder / "indexers.log").read_text(errors="replace").splitlines()
    return sum("will be compared" in line for line in lines)
