"""`python -m benchmarks.crash`: random changes while everything is killed again and again; then both sides must agree.

What is killed: `kinoteka serve` with SIGKILL, and its embedded PostgreSQL with it; between that, one backend of
PostgreSQL, which makes it end all sessions and recover. Exit status 1 when a document is missing, stale or a ghost.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import asyncpg
from rich.console import Console
from sqlalchemy import text

from benchmarks import changes, crash_services
from benchmarks.agreement import Agreement, show_agreement
from benchmarks.changes import World
from benchmarks.serving import PATIENCE, Server, ServerError
from kinoteka import embedded
from kinoteka.catalogue.documents import KINDS, Kind, build_indexed
from kinoteka.database import Database, open_database
from kinoteka.embedded import read_holder
from kinoteka.indexer.service import get_status
from kinoteka.search.tantivy import TantivyEngine
from kinoteka.settings import Settings

FILMS, PERSONS, GENRES = 120, 80, 5
"""Of a part. Each stretch between two kills changes a part of the catalogue that no later one touches, so that a later
change cannot repair what a kill spoiled."""
WRITERS = 3
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
    data: Path
    server: Server
    wanted: int
    parts: list[World] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    over: bool = False

    @property
    def done(self) -> int:
        return self.counts["committed"] + self.counts["refused or rolled back"]

    @property
    def part(self) -> World:
        return self.parts[self.counts["kills of the server"]]

    @property
    def kinds(self) -> list[tuple[changes.Change, float]]:
        """Bulk changes in the first quarter only: the full build that follows repairs everything."""
        return [*changes.COMMON, *changes.RARE, *(changes.BULK if self.early else [])]

    @property
    def early(self) -> bool:
        return self.counts["kills of the server"] * 4 < len(self.parts)


async def write(run: Run, random: Random) -> None:
    """Changes until there are enough; connects again whenever the connection is lost."""
    while not run.over:
        try:
            connection = await _connect(run.data)
            try:
                while not run.over:
                    statements = changes.draw(run.part, run.kinds)
                    kept = await changes.apply(connection, statements, roll_back=random.random() < 0.05)
                    run.counts["committed" if kept else "refused or rolled back"] += 1
            finally:
                connection.terminate()
        except LOST:
            run.counts["cut off in a change or while connecting"] += 1
            await asyncio.sleep(0.05)


async def _connect(data: Path) -> asyncpg.Connection:
    holder = read_holder(data)
    if holder is None or holder.database_url is None:
        raise ConnectionError("no database")
    return await asyncpg.connect(holder.database_url, timeout=5)


async def kill(run: Run, times: int, random: Random) -> None:
    """Each after a number of changes of its own, at a moment of chance."""
    for number in range(times):
        if not run.early:
            await _no_rebuild(run)
        moment = run.done + random.uniform(0.5, 1.0) * run.wanted / (times + 1)
        while run.done < moment:  # noqa: ASYNC110 - what is awaited is a number of changes
            await asyncio.sleep(0.01)
        if number % 3 == 2:
            await _crash_postgres(run)
            await asyncio.sleep(random.uniform(0, 2))
        await asyncio.sleep(random.uniform(0, 0.3))
        await run.server.stop(signal.SIGKILL)
        run.counts["kills of the server"] += 1
        await run.server.start()
    while run.done < run.wanted:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
    run.over = True


async def _no_rebuild(run: Run) -> None:
    """A full build that is due would repair whatever the next kill spoils."""
    deadline = monotonic() + PATIENCE
    due = True
    while due and monotonic() < deadline:
        try:
            connection = await _connect(run.data)
            due = await connection.fetchval("SELECT EXISTS (SELECT FROM search_rebuild_request)")
            connection.terminate()
        except LOST:
            pass
        await asyncio.sleep(0.05)


async def _crash_postgres(run: Run) -> None:
    try:
        connection = await _connect(run.data)
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        os.kill(pid, signal.SIGKILL)
        connection.terminate()
        run.counts["crashes of PostgreSQL alone"] += 1
    except LOST:
        return


async def settle(database_url: str) -> None:
    """Until nothing waits to be indexed."""
    database = open_database(database_url, 2)
    deadline = monotonic() + PATIENCE
    try:
        while monotonic() < deadline:
            status = await get_status(database)
            if status.consumer and status.depth == (0, 0) and not status.rebuild_needed:
                return
            await asyncio.sleep(0.05)
        raise ServerError(f"The feed does not come to rest: {status}")
    finally:
        await database.close()


async def compare(data: Path) -> dict[Kind, Counter[str]]:
    """Both sides with no server between, by the bytes of every document."""
    settings = Settings(data=data)
    with embedded.hold(data) as lease:
        async with embedded.postgres(lease) as url:
            database, engine = open_database(url, 2), TantivyEngine(settings.index_folder)
            assert await engine.open()
            result = {kind: await _compare_kind(database, engine, kind) for kind in KINDS}
            await engine.close()
            await database.close()
            return result


async def _compare_kind(database: Database, engine: TantivyEngine, kind: Kind) -> Counter[str]:
    async with database.transaction() as connection:
        ids = list(await connection.scalars(text(f"SELECT id FROM {kind}")))
        records = {record.id: record for record in await build_indexed(connection, kind, ids)}
    indexed = [fingerprint.id async for fingerprint in engine.fingerprints(kind)]
    result = Counter(documents=len(records), ghosts=len(set(indexed) - set(records)))
    result["doubled"] = len(indexed) - len(set(indexed))
    for doc_id, record in records.items():
        stored = await engine.get(kind, doc_id)
        result["missing"] += stored is None
        result["stale"] += stored is not None and (stored.data, stored.version) != (record.body, record.version)
    return result


async def measure(arguments: argparse.Namespace, folder: Path) -> tuple[Run, dict[Kind, Counter[str]]]:
    run = Run(folder / "data", Server(folder / "data"), arguments.changes)
    random = Random(arguments.seed)
    holder = await run.server.start()
    try:
        connection = await asyncpg.connect(holder.database_url)
        for _ in range(arguments.kills + 1):
            run.parts.append(await changes.populate(connection, random, FILMS, PERSONS, GENRES))
        await connection.close()
        writers = [write(run, Random(random.random())) for _ in range(WRITERS)]
        await asyncio.gather(kill(run, arguments.kills, random), *writers)
        holder = read_holder(run.data) or holder
        assert holder.database_url
        await settle(holder.database_url)
        await run.server.stop(signal.SIGTERM)
    finally:
        await run.server.stop(signal.SIGKILL)
    return run, await compare(run.data)


def report(name: str, counts_of_run: Counter[str], result: Agreement, seconds: float) -> bool:
    """Prints; True when both sides agree."""
    console = Console()
    for what, count in counts_of_run.items():
        console.print(f"{what}: {count}")
    return show_agreement(console, f"{name}, {seconds:.0f} s", result)


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the server must not outlive us
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work, kept afterwards; a temporary one unless given")
    parser.add_argument(
        "--services", type=Path, help="on PostgreSQL and Elasticsearch, the script's own in that folder"
    )
    parser.add_argument("--seeds", type=int, default=1, help="with --services: so many runs, from --seed on")
    parser.add_argument("--seconds", type=float, default=120, help="with --services: how long each run changes things")
    parser.add_argument("--catalogue", type=Path, help="with --services: folder of IMDb's files; made up unless given")
    arguments: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinoteka-crash-") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.services:
            agreed = [_crash_services(arguments, folder, arguments.seed + n) for n in range(arguments.seeds)]
            return 0 if all(agreed) else 1
        began = monotonic()
        run, result = asyncio.run(measure(arguments, folder))
    return 0 if report(f"{run.done} changes", run.counts, result, monotonic() - began) else 1


def _crash_services(arguments: Any, folder: Path, seed: int) -> bool:
    began, own = monotonic(), folder / f"seed-{seed}"
    own.mkdir(exist_ok=True)
    run, result = asyncio.run(crash_services.crash(arguments, own, seed))
    run.counts["comparisons that an indexer saw reason for"] = crash_services.count_comparisons(own)
    return report(f"seed {seed}", run.counts, result, monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
