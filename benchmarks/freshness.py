"""`python -m benchmarks.freshness`: how long a committed change takes to show in the API, which is read meanwhile.

A real `kinoteka serve`, embedded or, with --servers, on those that TEST_* name and an indexer of its own; changes go to
its PostgreSQL through SQL, past the API, so that nothing tells the server of them but the outbox. Five changes a second
are watched: asked for over HTTP until they show, by id, in a list or by search. --rebuild: meanwhile the index is built
anew.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import quote
from uuid import UUID

import aiohttp
import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import changes, stack
from benchmarks.agreement import Agreement, compare, show_agreement
from benchmarks.changes import World
from benchmarks.crash import settle
from benchmarks.lines import Line
from benchmarks.serving import Server
from kinoteka import migrations
from kinoteka.database import open_database
from kinoteka.settings import Settings

FILMS, PERSONS, GENRES = 29_000, 31_000, 20
WRITERS = 4
WATCHED = 5
"""Changes a second; more of them would measure the asking."""
LOOK, LOOK_SHARE = 0.05, 0.25
"""Seconds between two looks, and at least so much of the time since the commit: what is late must not be asked for so
often that it comes later still."""
READ = 0.1
"""Seconds between an answer and the next question of each of the two other readers."""
MARKS = 50
"""Words that are in some film's title from the start: a search for what is nowhere goes through every stage."""
WAITING = "SELECT count(*) FROM search_outbox WHERE lane = 0 AND kind <> 'g'"
"""Genres have a pace of their own."""
DEADLINE = 10.0
BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, DEADLINE)


MIXES = {"everyday": changes.EVERYDAY, "editing": changes.COMMON}


@dataclass
class Run:
    http: aiohttp.ClientSession
    world: World
    choices: list[tuple[changes.Change, float]]
    watch_each: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    late: list[float] = field(default_factory=list)
    changed: int = 0
    reading: bool = True
    failed: int = 0
    took: float = 0.0
    left: int = 0
    rebuilding: bool = False
    agreement: Agreement | None = None
    """Of index and database after a rebuild on servers."""


async def change(run: Run, url: str, rate: int, seconds: int, watchers: asyncio.TaskGroup) -> None:
    """At an even pace, each change in its own transaction; one of several that do so."""
    connection = await asyncpg.connect(url)
    began = perf_counter()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
        run.late.append(perf_counter() - began - number / rate)
        run.changed += 1
        if run.changed % run.watch_each == 0:
            await watch(run, connection, run.changed // run.watch_each, watchers)
        else:
            await changes.apply(connection, changes.draw(run.world, run.choices))
    await connection.close()


async def watch(run: Run, connection: asyncpg.Connection, number: int, watchers: asyncio.TaskGroup) -> None:
    title = f"{_mark(number % MARKS)} zq{number}{run.world.word()}"
    film = await _retitle(connection, run.world.film(), title)
    with suppress(ValueError):
        run.world.films.remove(film)  # another change of it could take the title away before it is seen
    ways = {
        "by id": f"/api/v1/films/{film}",
        "list": f"/api/v1/films?title_prefix={quote(title)}&page_size=20",
        "search": f"/api/v1/search?q={_mark(number % MARKS)}&kind=film",
    }
    name = [*ways][number % len(ways)]
    watchers.create_task(_await_visible(run, name, ways[name], title))


async def _retitle(connection: asyncpg.Connection, near: UUID, title: str) -> UUID:
    """The film that was given the title: that one, or the next that is there."""
    film: UUID = await connection.fetchval(
        "UPDATE film SET title = $1, title_key = $1, version = version + 1 WHERE id = coalesce("
        " (SELECT id FROM film WHERE id >= $2 AND deleted_at IS NULL ORDER BY id LIMIT 1),"
        " (SELECT id FROM film WHERE deleted_at IS NULL ORDER BY id LIMIT 1)) RETURNING id",
        title,
        near,
    )
    return film


def _mark(number: int) -> str:
    """A word that is like no other by spelling or sound."""
    digits = [int(digit) for digit in f"{number * 7919 % 10**6:06}"]
    return "zq" + "".join("bdfglmnrst"[digit] + "aeiouaeiou"[digit] for digit in digits)


def until_next_look(passed: float) -> float:
    """Seconds. `passed`: since the commit."""
    return max(LOOK, LOOK_SHARE * passed)


async def _await_visible(run: Run, name: str, path: str, title: str) -> None:
    began = perf_counter()
    while not await _shows(run, path, title) and (passed := perf_counter() - began) < DEADLINE:  # noqa: ASYNC110 - another process
        await asyncio.sleep(min(until_next_look(passed), DEADLINE - passed))
    run.seconds[name].append(min(perf_counter() - began, DEADLINE))


async def _shows(run: Run, path: str, title: str) -> bool:
    async with run.http.get(path) as response:
        run.failed += response.status not in {200, 404}
        return f'"title":"{title}"' in await response.text()


async def read(run: Run) -> None:
    """Others who use the API meanwhile: lists that change and films that do not."""
    while run.reading:
        page = run.world.random.randint(1, 100)
        started = perf_counter()
        async with run.http.get(f"/api/v1/films?sort=-year&page_size=20&page={page}") as response:
            run.failed += response.status >= 500
            await response.read()
        run.seconds["(answer time of a list)"].append(perf_counter() - started)
        await asyncio.sleep(READ)


async def measure(arguments: Any, folder: Path) -> Run:
    async with (
        on_servers(arguments, folder) if arguments.servers else embedded_server(arguments, folder) as (
            url,
            address,
            settings,
        )
    ):
        connection = await asyncpg.connect(url)
        world = await find_world(connection, Random(arguments.seed))
        for number in range(MARKS):
            await _retitle(connection, world.film(), f"{_mark(number)} {world.word()}")
        await settle(url)
        async with client(address) as http:
            run = Run(http, world, MIXES[arguments.mix], max(1, arguments.rate // WATCHED))
            readers = [asyncio.create_task(read(run)) for _ in range(2)]
            began = perf_counter()
            async with asyncio.TaskGroup() as watchers:
                async with asyncio.TaskGroup() as writers:
                    for _ in range(WRITERS):
                        own = change(run, url, arguments.rate // WRITERS, arguments.seconds, watchers)
                        writers.create_task(own)
                    if arguments.rebuild:
                        await connection.execute("SELECT search_rebuild_needed()")
                run.took = perf_counter() - began
                await asyncio.sleep(1)
                run.left = await connection.fetchval(WAITING)
            run.rebuilding = await connection.fetchval("SELECT EXISTS (SELECT FROM search_rebuild_request)")
            run.reading = False
            await asyncio.gather(*readers)
        await connection.close()
        if arguments.rebuild and settings:
            await settle(url)
            run.agreement = await compare(settings)
        return run


def client(address: str) -> aiohttp.ClientSession:
    """One that takes little of the processors that are measured; answers come uncompressed."""
    headers = {"Accept-Encoding": "identity"}
    return aiohttp.ClientSession(address, headers=headers, timeout=aiohttp.ClientTimeout(30))


@asynccontextmanager
async def embedded_server(arguments: Any, folder: Path) -> AsyncIterator[tuple[str, str, None]]:
    """Addresses of the database and of the API; the index is the server's own."""
    server = Server(arguments.data or folder / "data")
    holder = await server.start()
    try:
        assert holder.database_url
        assert holder.address
        if arguments.catalogue:
            await stack.import_films(Settings(database_url=holder.database_url), arguments.catalogue)
        yield holder.database_url, holder.address, None
    finally:
        await server.stop(signal.SIGTERM)


@asynccontextmanager
async def on_servers(arguments: Any, folder: Path) -> AsyncIterator[tuple[str, str, Settings]]:
    async with stack.own_settings(folder) as settings:
        assert settings.database_url
        database = open_database(settings.database_url, 2)
        await migrations.upgrade(database)
        await database.close()
        if arguments.catalogue:
            await stack.import_films(settings, arguments.catalogue)
        else:
            await _populate(settings.database_url)
        async with stack.served(settings, folder) as served:
            yield settings.database_url, served.address, settings


async def _populate(url: str) -> None:
    """Before anything is indexed: what comes in bulk later has the index built a second time."""
    connection = await asyncpg.connect(url)
    await find_world(connection, Random(0))
    await connection.close()


async def find_world(connection: asyncpg.Connection, random: Random) -> World:
    """Of the catalogue that is there, or of a made-up one."""
    films, persons, genres = [
        [row["id"] for row in await connection.fetch(f"SELECT id FROM {kind} ORDER BY id")]
        for kind in ("film", "person", "genre")
    ]
    if not films:
        return await changes.populate(connection, random, FILMS, PERSONS, GENRES)
    return World(random, films, persons, genres)


def watched(run: Run) -> list[float]:
    """Seconds from commit to visible, ascending."""
    return sorted(value for name, values in run.seconds.items() if not name.startswith("(") for value in values)


def percentile(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]


def histogram(ascending: list[float]) -> dict[str, int]:
    counts = {
        f"{1000 * low:.0f} to {1000 * high:.0f} ms": sum(low <= value < high for value in ascending)
        for low, high in zip((0.0, *BOUNDS), BOUNDS, strict=False)
    }
    return counts | {"not in ten seconds": sum(value >= DEADLINE for value in ascending)}


def line(rate: int, run: Run) -> Line:
    """p99 of the time from commit to visible."""
    seen = watched(run)
    more = {f"p{100 * share:.0f}": 1000 * percentile(seen, share) for share in (0.5, 0.95)}
    more |= {"max": 1000 * seen[-1], "changes/s": run.changed / run.took, "reads that failed": run.failed}
    return Line(
        name=f"visible after, {rate:,} changes/s",
        unit="ms p99",
        values=[1000 * percentile(seen, 0.99)],
        more=more,
        histogram=histogram(seen),
    )


def report(run: Run) -> bool:
    """Whether no read failed and, if they were compared, index and database agree."""
    console = Console()
    table = Table("seen", "times", "p50 ms", "p95 ms", "p99 ms", "max ms", title="from commit to visible over HTTP")
    for name, values in sorted(run.seconds.items()):
        values.sort()
        quantiles = [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)]
        table.add_row(name, str(len(values)), *(f"{1000 * value:.0f}" for value in quantiles))
    console.print(table)
    seen = watched(run)
    for name, count in histogram(seen).items():
        console.print(f"{name:>18} {count:5} {'█' * round(60 * count / len(seen))}")
    late = percentile(sorted(run.late), 0.99)
    console.print(f"{run.changed} changes in {run.took:.1f} s; {run.left} direct ones left a second later")
    console.print(f"{run.failed} reads failed" + ("; the rebuild is not over" if run.rebuilding else ""))
    console.print(f"The writer itself was late by {1000 * late:.0f} ms at p99")
    agrees = run.agreement is None or show_agreement(console, "after the rebuild", run.agreement)
    return agrees and not run.failed


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the server must not outlive us
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a data folder with a catalogue; it is changed! Made up unless given")
    parser.add_argument("--servers", action="store_true", help="on the servers that TEST_* name")
    parser.add_argument("--catalogue", type=Path, help="folder of IMDb's files; a made-up catalogue unless given")
    parser.add_argument("--rebuild", action="store_true", help="build the index anew meanwhile")
    parser.add_argument("--mix", choices=MIXES, default="everyday", help="mostly scores, or editing of every kind")
    parser.add_argument("--rate", type=int, default=200, help="changes a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinoteka-freshness-") as temporary:
        return 0 if report(uvloop.run(measure(arguments, Path(temporary)))) else 1


if __name__ == "__main__":
    sys.exit(main())
