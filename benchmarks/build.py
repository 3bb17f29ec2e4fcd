"""`python -m benchmarks.build`: the full build into Elasticsearch, against sending the same documents made beforehand.

On servers that TEST_POSTGRES_URL and TEST_ELASTICSEARCH_URL name. With two cores or more Elasticsearch has one of them
and everything else another (--no-pin: wherever the system puts them). Both ways take turns; what is compared is the
middle of each. The build is that of `kinoteka index rebuild`, in a process of its own, whose memory is measured.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks.lines import Line
from benchmarks.machine import kept_on, peak_memory, pick_cores
from benchmarks.own_engines import find_processes
from benchmarks.stack import environment, import_films, own_settings
from kinoteka import migrations
from kinoteka.bootstrap import open_services
from kinoteka.catalogue.documents import KINDS
from kinoteka.cli.program import collect_seldom
from kinoteka.database import open_database
from kinoteka.indexer import extract, service
from kinoteka.indexer.connection import session
from kinoteka.indexer.rebuild import CHUNKS, IN_FLIGHT
from kinoteka.search.elasticsearch import bulk
from kinoteka.search.elasticsearch.client import Client
from kinoteka.search.elasticsearch.engine import ElasticsearchEngine
from kinoteka.search.elasticsearch.names import Names
from kinoteka.settings import Settings

MADE_FOR = "made-for-"
"""Stands in the bodies made beforehand for the name of the build that they are sent to."""


async def measure(arguments: Any, folder: Path) -> dict[str, Any]:
    async with own_settings(folder) as settings:
        database = open_database(settings.database_url or "", 2)
        await migrations.upgrade(database)
        await database.close()
        await import_films(settings, arguments.catalogue)
        async with _pinned(settings) if arguments.pin else nullcontext():
            documents = await _make_bodies(settings, folder)
            sent, built, memory = [], [], []
            for _ in range(arguments.times):
                sent.append(await _send(settings, folder))
                seconds, peak = await _build(settings)
                built.append(seconds)
                memory.append(peak)
        sizes = [path.stat().st_size for path in _bodies(folder)]
        return {"documents": documents, "sent": sent, "built": built, "memory": memory, "sizes": sizes}


async def _make_bodies(settings: Settings, folder: Path) -> int:
    """Files of lines as the build sends them; how many documents."""
    database, number, names = open_database(settings.database_url or "", 2), 0, Names(settings.elasticsearch_prefix)
    target = {kind: names.entrance(kind, MADE_FOR) for kind in KINDS}
    async with session(database) as connection:
        for kind in KINDS:
            async for chunk in extract.stream(connection, kind, None, CHUNKS[kind]):
                made = await extract.make_chunk(chunk)
                lines = bulk.lines(target, made.documents, [], 1)
                path = folder / f"{KINDS.index(kind)}-{number:08}.body"
                path.write_bytes(b"".join(line.encoded(1) for line in lines))
                number += len(made.documents)
    await database.close()
    return number


def _bodies(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.body"))


async def _send(settings: Settings, folder: Path) -> float:
    """Seconds, the refresh included, as the build includes it."""
    engine = ElasticsearchEngine(settings.elasticsearch_nodes, settings.elasticsearch_prefix, lambda _: b"")
    client, build = Client(settings.elasticsearch_nodes), await engine.start_build()
    names = Names(settings.elasticsearch_prefix)
    bodies = iter(_bodies(folder))

    async def work(bodies: Iterator[Path]) -> None:
        for path in bodies:
            body = path.read_bytes().replace(MADE_FOR.encode(), build.name.encode())
            answer = await client.write("POST", "/_bulk?require_alias=true&filter_path=errors", body, lines=True)
            assert b"false" in answer, answer[:500]

    began = perf_counter()
    await asyncio.gather(*(work(bodies) for _ in range(IN_FLIGHT)))
    await client.write("POST", f"/{','.join(names.indexes(build.name))}/_refresh")
    seconds = perf_counter() - began
    await build.abandon()
    await client.close()
    await engine.close()
    return seconds


async def _build(settings: Settings) -> tuple[float, int]:
    """Seconds, and the most bytes of memory that the process had."""
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.build", "--child"), env=environment(settings), stdout=PIPE
    )
    printed, _ = await process.communicate()
    seconds, peak = printed.splitlines()[-1].split()
    return float(seconds), int(peak)


async def _build_here(settings: Settings) -> None:
    async with open_services(settings, settings.database_url or "") as services:
        began = perf_counter()
        await service.rebuild(services.database, services.engine, services.tokens, lambda _done, _total: None)
        seconds = perf_counter() - began
    print(seconds, round(peak_memory(os.getpid()) * 2**20))


@asynccontextmanager
async def _pinned(settings: Settings) -> AsyncIterator[None]:
    """Elasticsearch on the first core; PostgreSQL, this process and its children on the last."""
    first, last = pick_cores()
    connection = await asyncpg.connect(settings.database_url)
    postmaster = _parent_of(await connection.fetchval("SELECT pg_backend_pid()"))
    await connection.close()
    servers = await find_processes(settings.elasticsearch_nodes[0])
    with kept_on(first, servers), kept_on(last, (postmaster, os.getpid())):
        yield


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().split()[3])


def lines(found: dict[str, Any]) -> list[Line]:
    built, sent = ([found["documents"] / seconds for seconds in found[name]] for name in ("built", "sent"))
    peaks = [peak / 2**20 for peak in found["memory"]]
    return [
        Line(name="full build", unit="documents/s", values=built, of="made beforehand, sent", beside=sent),
        Line(name="memory of the builder", unit="MB", values=peaks),
    ]


def report(found: dict[str, Any]) -> bool:
    """Prints; True when the build is fast enough and modest enough."""
    number, sent, built = found["documents"], median(found["sent"]), median(found["built"])
    ratio, megabytes = sent / built, max(found["memory"]) / 2**20
    table = Table("", "seconds", "documents a second", title=f"{number} documents")
    for name, seconds, each in (("made beforehand, sent", sent, found["sent"]), ("full build", built, found["built"])):
        table.add_row(name, " ".join(f"{one:.1f}" for one in each), f"{number / seconds:,.0f}")
    console = Console()
    console.print(table)
    sizes = [size / 2**20 for size in found["sizes"]]
    console.print(f"bodies of {min(sizes):.1f} to {max(sizes):.1f} MB, {IN_FLIGHT} in flight")
    console.print(f"ratio {ratio:.2f} (at least 0.80), the builder's peak memory {megabytes:.0f} MB (less than 200)")
    return ratio >= 0.8 and megabytes < 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, help="folder of IMDb's files")
    parser.add_argument("--elasticsearch", help="instead of TEST_ELASTICSEARCH_URL")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--no-pin", dest="pin", action="store_false")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        collect_seldom()
        asyncio.run(_build_here(Settings()))
        return 0
    if arguments.elasticsearch:
        os.environ["TEST_ELASTICSEARCH_URL"] = arguments.elasticsearch
    arguments.pin = arguments.pin and len(os.sched_getaffinity(0)) > 1
    with tempfile.TemporaryDirectory(prefix="kinoteka-build-") as temporary:
        return 0 if report(asyncio.run(measure(arguments, Path(temporary)))) else 1


if __name__ == "__main__":
    sys.exit(main())
