"""The parts of a measurement, in their order: each a command of `kinoteka`, or the questions put to one that serves."""

import asyncio
import csv
import os
import sys
import time
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from collections.abc import Mapping
from pathlib import Path
from random import Random

import asyncpg
from msgspec import Struct

from benchmarks import load
from benchmarks.machine import free_ports, pick_cores
from benchmarks.rates import process
from benchmarks.scale.questions import paths
from benchmarks.scale.results import Latency, Result, Step
from benchmarks.scale.shapes import Shape
from benchmarks.scale.watch import Watch, processor_seconds

PARTS = ("generate", "import", "build", "export", "read")
AT_ONCE = (1, 8)
"""Clients; each asks again when it has been answered."""
WARMING = 3
"""Times as long as a round, before the first: what was not asked for during a long build is slow at first."""
MOST = 20_000
"""Questions of a kind, and ids that are kept for them."""
_ALIVE = "/health/live"
_COUNTS = {
    "films": "SELECT count(*) FROM film",
    "persons": "SELECT count(*) FROM person",
    "credits": "SELECT count(*) FROM credit",
}
_LARGEST = """
SELECT relname, pg_total_relation_size(oid) AS bytes FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC LIMIT 5
"""


class Ground(Struct):
    """`catalogue`: IMDb-shaped files. `folder`: for what lasts as long as the measurement."""

    shape: Shape
    folder: Path
    catalogue: Path
    seconds: float
    """Of each round of questions."""


async def measure(part: str, ground: Ground, result: Result) -> None:
    """Adds to the result."""
    match part:
        case "generate":
            result.steps[part] = await _generate(ground, result.films)
        case "import":
            result.steps[part] = await _run(ground, "import", "imdb", str(ground.catalogue))
        case "build":
            result.steps[part] = await _run(ground, "index", "rebuild")
        case "export":
            result.steps[part] = await _export(ground, result)
        case "read":
            result.steps[part] = await _read(ground, result)


async def _generate(ground: Ground, films: int) -> Step:
    if ground.catalogue.exists():
        return Step(0.0, {}, _bytes_in(ground.catalogue))
    step = await _run(ground, "demo", "generate", "--films", str(films), "--folder", str(ground.catalogue))
    step.size = _bytes_in(ground.catalogue)
    return step


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


async def _run(ground: Ground, *arguments: str) -> Step:
    """A command to its end."""
    began = time.perf_counter()
    async with Watch(await ground.shape.find_programs()) as watch:
        child = await create_subprocess_exec(
            *(sys.executable, "-m", "kinoteka", *arguments),
            env=os.environ | ground.shape.environment,
            stdin=DEVNULL,
            stdout=DEVNULL,
        )
        watch.add("kinoteka", child.pid)
        try:
            if await child.wait():
                raise SystemExit(f"kinoteka {' '.join(arguments)} failed; its message stands above.")
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
    return Step(time.perf_counter() - began, watch.uses, load=os.getloadavg()[0])


async def _export(ground: Ground, result: Result) -> Step:
    """The ids of some films and persons are kept from it, to be asked for."""
    file = ground.folder / "films.csv"
    step = await _run(ground, "export", "csv", str(file))
    step.size = file.stat().st_size
    result.film_ids, result.person_ids = await asyncio.to_thread(_draw_ids, file, result.films)
    file.unlink()
    return step


def _draw_ids(file: Path, films: int) -> tuple[list[str], list[str]]:
    draw, every = Random(films), max(1, films // MOST)
    with file.open(newline="") as lines:
        rows = [row for number, row in enumerate(csv.DictReader(lines)) if number % every == 0][:MOST]
    draw.shuffle(rows)
    persons = dict.fromkeys(draw.choice(row["actor_ids"].split("|")) for row in rows)
    return [row["id"] for row in rows], [*persons]


async def _read(ground: Ground, result: Result) -> Step:
    """One process that answers, on a core of its own; beside servers an indexer that has nothing to do."""
    port, environment, began = free_ports(1), ground.shape.environment, time.perf_counter()
    command = (sys.executable, "-m", "kinoteka", "serve", "--port", str(port))
    async with (
        Watch(await ground.shape.find_programs()) as watch,
        process(*command, port=port, path=_ALIVE, **environment) as api,
    ):
        watch.add("kinoteka", api.pid)
        connection = await ground.shape.connect()
        result.counts = {name: await connection.fetchval(query) for name, query in _COUNTS.items()}
        result.disk = await _measure_disk(connection) | await ground.shape.measure_index()
        await connection.close()
        await _ask(port, ground.seconds, watch.roots, result)
    return Step(time.perf_counter() - began, watch.uses, load=os.getloadavg()[0])


async def _measure_disk(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    largest = {f"table {row['relname']}": row["bytes"] for row in await connection.fetch(_LARGEST)}
    return {"database": await connection.fetchval("SELECT pg_database_size(current_database())")} | largest


async def _ask(port: int, seconds: float, roots: Mapping[str, int], result: Result) -> None:
    """Each question once: a tenth of them before it counts, the rest by so many clients in turn."""
    for kind, every in paths(result.films, MOST, result.film_ids, result.person_ids).items():
        warming, *loads = _loads(port, seconds, [load.get(path) for path in every])
        await load.run_pinned(warming, pick_cores()[1])
        before = processor_seconds(roots)
        outcomes = await load.run_each_pinned(loads, pick_cores()[1])
        answers = sum(outcome.answers for outcome in outcomes)
        after = processor_seconds(roots)
        result.costs[kind] = {name: 1000 * (after[name] - before.get(name, 0.0)) / answers for name in after}
        counted = zip(AT_ONCE, outcomes, strict=True)
        result.latencies[kind] = {str(clients): _latency(outcome) for clients, outcome in counted}


def _loads(port: int, seconds: float, requests: list[bytes]) -> list[load.Load]:
    tenth, share = max(1, len(requests) // 10), len(requests) * 9 // 10 // len(AT_ONCE)
    first = load.Load(port, requests[:tenth], WARMING * seconds, connections=AT_ONCE[-1], once=True)
    return [first] + [
        load.Load(port, requests[tenth + share * turn :][:share], seconds, connections=clients, once=True)
        for turn, clients in enumerate(AT_ONCE)
    ]


def _latency(outcome: load.Outcome) -> Latency:
    p50, p99 = (1000 * outcome.percentile(share) for share in (0.5, 0.99))
    return Latency(p50, p99, outcome.rate, outcome.answers)
