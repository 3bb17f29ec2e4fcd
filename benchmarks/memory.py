"""`python -m benchmarks.memory FOLDER`: the most memory that each process has, with a catalogue of IMDb-shaped files.

The import, the exports and an embedded server that is read; and, where TEST_* name servers, an API process that is read
and an indexer that follows changes, each alone.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from pathlib import Path
from random import Random

import asyncpg
import httpx

from benchmarks import changes, load, stack, table
from benchmarks.freshness import find_world
from benchmarks.lines import Line
from benchmarks.machine import peak_memory, peak_memory_of
from benchmarks.serving import Server
from kinoteka import migrations
from kinoteka.database import open_database
from kinoteka.settings import Settings

READS = ("/api/v1/films?sort=-rating&page_size=50&page={}", "/api/v1/search?q=night {}", "/api/v1/search/suggest?q=n{}")
CHANGES = 2000
SERVERS = ("TEST_POSTGRES_URL", "TEST_ELASTICSEARCH_URL", "TEST_REDIS_URL")


async def measure(catalogue: Path, seconds: float) -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="kinoteka-memory-") as name:
        folder = Path(name)
        found = await _embedded(folder / "data", catalogue, seconds)
        if all(server in os.environ for server in SERVERS):
            found |= await _on_servers(folder, catalogue, seconds)
    return [Line(name=f"memory of {process}", unit="MB", values=[peak]) for process, peak in found.items()]


async def _embedded(data: Path, catalogue: Path, seconds: float) -> dict[str, float]:
    found = {
        "import imdb": await _peak_of(data, "import", "imdb", str(catalogue)),
        "export csv": await _peak_of(data, "export", "csv", "-"),
        "export jsonl": await _peak_of(data, "export", "jsonl", "-"),
    }
    server = Server(data)
    try:
        holder = await server.start()
        await _read(holder.address or "", seconds)
        return found | {"serve, embedded": peak_memory(holder.pid)}
    finally:
        await server.stop(signal.SIGTERM)


async def _peak_of(data: Path, *arguments: str) -> float:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "kinoteka", *arguments),
        env=stack.environment(Settings(data=data)),
        stdin=DEVNULL,
        stdout=DEVNULL,
    )
    return await peak_memory_of(process)


async def _on_servers(folder: Path, catalogue: Path, seconds: float) -> dict[str, float]:
    async with stack.own_settings(folder) as settings:
        assert settings.database_url
        database = open_database(settings.database_url, 2)
        await migrations.upgrade(database)
        await database.close()
        await stack.import_films(settings, catalogue)
        async with stack.served(settings, folder) as served:
            await _change(settings.database_url)
            await _read(served.address, seconds)
            return {"serve, on servers": peak_memory(served.api), "index run": peak_memory(served.indexer)}


async def _change(url: str) -> None:
    connection = await asyncpg.connect(url)
    world = await find_world(connection, Random(1))
    for _ in range(CHANGES):
        await changes.apply(connection, changes.draw(world, changes.COMMON))
    await connection.close()


async def _read(address: str, seconds: float) -> None:
    """Answers that no cache has, once the index is there."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        while (await http.get(READS[0].format(1))).status_code != 200:  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.1)
    paths = [read.format(number).replace(" ", "%20") for number in range(1, 20) for read in READS]
    await load.run(load.Load(int(address.rpartition(":")[2]), [load.get(path) for path in paths], seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=5, help="of reading")
    options = parser.parse_args()
    table.show(asyncio.run(measure(options.folder, options.seconds)), f"Memory · {options.folder}")


if __name__ == "__main__":
    main()
