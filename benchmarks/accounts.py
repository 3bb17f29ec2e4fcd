"""`python -m benchmarks.accounts`: does a phone that nobody has take as long, and do sign-ins slow readers?

A real server in a process of its own. The first is a statistical test, generous: the difference of the medians beside
the spread of one kind. The second prints the readers' p99 without sign-ins and while 50 clients sign in without pause.
"""

import argparse
import asyncio
import os
import random
import signal
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import uvloop
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks import load
from benchmarks.lines import Line
from benchmarks.machine import pick_cores
from benchmarks.serving import Server

PASSPHRASE = "three otters at noon"  # noqa: S105 - of accounts that live for a minute
TRUSTED = "127.0.0.1"
READ = "/api/v1/films?sort=-rating&page_size=20"
CLIENTS = 50

output = Console(highlight=False)


class Reads(Struct):
    """Alone, and while others sign in."""

    alone: load.Outcome
    beside: load.Outcome
    sign_ins: float
    """A second; `refused` too."""
    refused: float


async def measure(rounds: int, seconds: float) -> None:
    async with _served() as (client, port):
        phones = [await _register(client, number) for number in range(CLIENTS)]
        _show_timing(await _time(client, phones, rounds))
        _show_reads(await _read(client, port, phones, seconds))


async def lines(rounds: int, seconds: float) -> list[Line]:
    """What readers feel of those who sign in."""
    async with _served() as (client, port):
        phones = [await _register(client, number) for number in range(CLIENTS)]
        found = [await _read(client, port, phones, seconds) for _ in range(rounds)]
    p99 = [1000 * one.beside.percentile(0.99) for one in found]
    rates, alone = [one.beside.rate for one in found], [one.alone.rate for one in found]
    more = {"sign-ins/s": median(one.sign_ins for one in found), "refused/s": median(one.refused for one in found)}
    without = {"p99 ms alone": median(1000 * one.alone.percentile(0.99) for one in found)}
    return [
        Line(name=f"readers while {CLIENTS} sign in", unit="ms p99", values=p99, more=more | without),
        Line(name=f"readers while {CLIENTS} sign in", unit="/s", values=rates, of="readers alone", beside=alone),
    ]


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[httpx.AsyncClient, int]]:
    """A client and the port; the server has one core, whoever asks it another."""
    with tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as folder:
        given = {"KINOTEKA_TRUSTED_PROXIES": TRUSTED, "KINOTEKA_REGISTRATIONS_PER_HOUR": "0", "KINOTEKA_DEMO": "true"}
        core, other = pick_cores()
        os.sched_setaffinity(0, {other})
        server = Server(Path(folder) / "data", environment=given, core=core)
        try:
            address = (await server.start()).address or ""
            async with httpx.AsyncClient(base_url=address, timeout=60) as client:
                await _until_indexed(client)
                yield client, int(address.rpartition(":")[2])
        finally:
            await server.stop(signal.SIGTERM)


async def _until_indexed(client: httpx.AsyncClient) -> None:
    while (await client.get(READ)).status_code != 200:  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(0.1)


async def _register(client: httpx.AsyncClient, number: int) -> str:
    phone = f"+38050{number:07d}"
    answer = await client.post("/api/v1/auth/register", json={"phone": phone, "password": PASSPHRASE})
    answer.raise_for_status()
    return phone


def _address() -> dict[str, str]:
    """Another for each try: what is measured is not the limits."""
    return {"X-Forwarded-For": f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"}


async def _time(client: httpx.AsyncClient, phones: list[str], rounds: int) -> dict[str, list[float]]:
    """In turns, so that both meet the same machine. Each phone once: its counter costs nothing then."""
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(rounds):
        pair = [("known", phones[number % len(phones)]), ("unknown", f"+38067{number:07d}")]
        random.shuffle(pair)
        for kind, phone in pair:
            body = {"phone": phone, "password": f"wrong {number}"}
            began = perf_counter()
            answer = await client.post("/api/v1/auth/login", json=body, headers=_address())
            if answer.status_code == 401:
                times[kind].append(perf_counter() - began)
    return times


def _show_timing(times: dict[str, list[float]]) -> None:
    table = Table("phone", "tries", "median ms", "p90 ms")
    for kind, values in times.items():
        table.add_row(kind, str(len(values)), f"{_ms(statistics.median(values))}", f"{_ms(_percentile(values, 0.9))}")
    output.print(table)
    known, unknown = times["known"], times["unknown"]
    difference = abs(statistics.median(known) - statistics.median(unknown))
    noise = _noise(known)
    verdict = "within the noise" if difference <= 3 * noise else "A DIFFERENCE THAT CAN BE SEEN"
    output.print(f"The medians differ by {_ms(difference)} ms; the noise of a median is {_ms(noise)} ms: {verdict}.")


def _noise(values: list[float]) -> float:
    """The standard error of the median, by drawing again."""
    medians = [statistics.median(random.choices(values, k=len(values))) for _ in range(500)]
    return statistics.stdev(medians)


async def _read(client: httpx.AsyncClient, port: int, phones: list[str], seconds: float) -> Reads:
    reads = load.Load(port, [load.get(READ)], seconds, connections=4)
    alone = await load.run(reads)
    stop = asyncio.Event()
    counts = {200: 0, 503: 0, 429: 0}
    storm = [asyncio.create_task(_sign_in(client, phone, stop, counts)) for phone in phones]
    await asyncio.sleep(1)
    beside = await load.run(reads)
    stop.set()
    await asyncio.gather(*storm)
    return Reads(alone, beside, counts[200] / (seconds + 1), (counts[503] + counts[429]) / (seconds + 1))


def _show_reads(found: Reads) -> None:
    table = Table("readers", "answers/s", "p50 ms", "p99 ms", "sign-ins/s", "refused/s")
    others = (f"{found.sign_ins:.1f}", f"{found.refused:.1f}")
    for name, reads, more in (("alone", found.alone, ()), (f"while {CLIENTS} sign in", found.beside, others)):
        times = (_ms(reads.percentile(share)) for share in (0.5, 0.99))
        table.add_row(name, f"{reads.rate:,.0f}", *times, *more)
    output.print(table)


async def _sign_in(client: httpx.AsyncClient, phone: str, stop: asyncio.Event, counts: dict[int, int]) -> None:
    while not stop.is_set():
        body = {"phone": phone, "password": PASSPHRASE}
        answer = await client.post("/api/v1/auth/login", json=body, headers=_address())
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        if answer.status_code == 503:
            await asyncio.sleep(int(answer.headers["retry-after"]))


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=150, help="tries of each kind")
    parser.add_argument("--seconds", type=float, default=8, help="of reading, each time")
    given = parser.parse_args()
    uvloop.run(measure(given.rounds, given.seconds))


if __name__ == "__main__":
    main()
