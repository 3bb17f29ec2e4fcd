"""`python -m benchmarks.fanout`: a person with thousands of films gets a new name, and others go on with their edits.

How long until all those films show it, and how long direct edits take to show meanwhile. Embedded, or with --servers on
those that TEST_* name.
"""

import argparse
import asyncio
import signal
import tempfile
from itertools import count
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import uvloop
from rich.console import Console

from benchmarks import freshness
from benchmarks.changes import World
from benchmarks.crash import settle
from benchmarks.lines import Line

APART = 0.1
"""Seconds between two direct edits."""
SEARCH = 0.1
"""Seconds between an answer and the next search for the new name, which takes long: oftener would take from the indexer
what is measured."""


async def measure(arguments: Any, folder: Path) -> tuple[float, list[float]]:
    served = freshness.on_servers if arguments.servers else freshness.embedded_server
    async with served(arguments, folder) as (url, address, _), freshness.client(address) as http:
        connection = await asyncpg.connect(url)
        world = await freshness.find_world(connection, Random(1))
        person = await _give_films(connection, world, arguments.films)
        await settle(url)
        assert await _total(http, f"/api/v1/films?person={person}&page_size=20") == arguments.films
        edits: list[float] = []
        editing = asyncio.create_task(_edit(http, url, world, edits))
        await asyncio.sleep(2)
        edits.clear()
        began = perf_counter()
        await connection.execute("UPDATE person SET name = 'Zqfanout', version = version + 1 WHERE id = $1", person)
        await _all_show(http, arguments.films)
        took = perf_counter() - began
        await asyncio.sleep(1)
        editing.cancel()
        await connection.close()
        return took, edits


async def _give_films(connection: asyncpg.Connection, world: World, number: int) -> UUID:
    """A person with so many films."""
    person = world.new_id()
    async with connection.transaction():
        await connection.execute("SET LOCAL kinoteka.bulk = 'on'")
        await connection.execute("INSERT INTO person (id, name) VALUES ($1, 'Before')", person)
        await connection.execute(
            """INSERT INTO film (title, title_key, year) SELECT 'Extra ' || n, 'extra ' || n, 1999
               FROM generate_series(1, greatest(0, $1 - (SELECT count(*) FROM film))) AS n""",
            number,
        )
        await connection.execute(
            """INSERT INTO credit (film_id, role, position, person_id)
               SELECT id, 'writer', 99, $1 FROM film WHERE deleted_at IS NULL ORDER BY id LIMIT $2""",
            person,
            number,
        )
    return person


async def _all_show(http: aiohttp.ClientSession, number: int) -> None:
    """The search finds them by the new name, all of them."""
    while await _total(http, "/api/v1/search?q=zqfanout&kind=film&page_size=1") < min(number, 10_000):  # noqa: ASYNC110 - what is awaited is another process
        await asyncio.sleep(SEARCH)


async def _total(http: aiohttp.ClientSession, path: str) -> int:
    async with http.get(path) as response:
        return int((await response.json())["total"])


async def _edit(http: aiohttp.ClientSession, url: str, world: World, seconds: list[float]) -> None:
    """At an even pace; each is looked for in a list, by a title of its own."""
    connection = await asyncpg.connect(url)
    async with asyncio.TaskGroup() as watchers:
        for number in count():
            word = f"zqedit{number}{world.word()}"
            await connection.execute(
                "UPDATE film SET title = $1, title_key = $1, version = version + 1 WHERE id = $2", word, world.film()
            )
            watchers.create_task(_await_shown(http, word, seconds))
            await asyncio.sleep(APART)


async def _await_shown(http: aiohttp.ClientSession, word: str, seconds: list[float]) -> None:
    began = perf_counter()
    while not await _shows(http, word):  # noqa: ASYNC110 - what is awaited is another process
        await asyncio.sleep(freshness.until_next_look(perf_counter() - began))
    seconds.append(perf_counter() - began)


async def _shows(http: aiohttp.ClientSession, word: str) -> bool:
    async with http.get(f"/api/v1/films?title_prefix={word}&page_size=20") as response:
        return word in await response.text()


def lines(films: int, took: float, edits: list[float]) -> list[Line]:
    shown = Line(name=f"a name into {films:,} films", unit="s", values=[took], more={"films/s": films / took})
    if not edits:
        return [shown]
    edits = sorted(edits)
    more = {"p50": 1000 * freshness.percentile(edits, 0.5), "edits": len(edits)}
    p99 = 1000 * freshness.percentile(edits, 0.99)
    return [shown, Line(name="direct edits meanwhile, visible after", unit="ms p99", values=[p99], more=more)]


def main() -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the server must not outlive us
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=4000)
    parser.add_argument("--servers", action="store_true", help="on the servers that TEST_* name")
    parser.add_argument("--catalogue", type=Path, help="folder of IMDb's files; a made-up catalogue unless given")
    parser.add_argument("--data", type=Path, help="a data folder with a catalogue; it is changed!")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinoteka-fanout-") as temporary:
        took, edits = uvloop.run(measure(arguments, Path(temporary)))
    edits.sort()
    console = Console()
    console.print(f"{arguments.films} films show the new name after {took:.2f} s")
    if edits:
        p99 = freshness.percentile(edits, 0.99)
        console.print(f"{len(edits)} direct edits meanwhile: p50 {edits[len(edits) // 2]:.2f} s, p99 {p99:.2f} s")


if __name__ == "__main__":
    main()
