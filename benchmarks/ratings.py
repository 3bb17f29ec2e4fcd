"""`python -m benchmarks.ratings`: 2,000 users score one film beside 2,000 users who score as many different films.

From 64 connections to a real server with its indexer, embedded or, with --servers, on those that TEST_* name. Rounds
take turns, so that both meet the same machine; every user scores once in each, so that all rounds but the first change
scores. At the end count, mean and histogram of the one film must be exact.
"""

import argparse
import asyncio
import json
import random
import signal
import statistics
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from uuid import UUID

import httpx
import uvloop
from msgspec import Struct
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from benchmarks import stack
from benchmarks.serving import Server
from kinoteka import migrations
from kinoteka.accounts import sessions
from kinoteka.accounts.context import open_accounts
from kinoteka.accounts.origin import Origin
from kinoteka.database import Database, open_database
from kinoteka.settings import Settings

USERS, CONNECTIONS, ROUNDS = 2000, 64, 3
_FILMS = """
INSERT INTO film (title, title_key, year, prior_rating, prior_votes)
SELECT 'Scored ' || n, 'scored ' || n, 2000, 7.5, 100 FROM generate_series(1, :users) AS n RETURNING id
"""
_ACCOUNTS = """
INSERT INTO account (phone, password_hash) SELECT '+1202' || (5000000 + n), 'none' FROM generate_series(1, :users) AS n
RETURNING id
"""

output = Console(highlight=False)


class World(Struct):
    films: list[UUID]
    tokens: list[str]


class Outcome(Struct):
    rate: float
    latencies: list[float]
    """Seconds, ascending."""

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


async def measure(rounds: int, servers: bool) -> float:
    with tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as folder:
        async with _on_servers(Path(folder)) if servers else _embedded(Path(folder)) as (address, settings, url):
            database = open_database(url, 8)
            try:
                world = await _make_world(database, settings)
                return await _compare(address, world, rounds)
            finally:
                await database.close()


@asynccontextmanager
async def _embedded(folder: Path) -> AsyncIterator[tuple[str, Settings, str]]:
    server = Server(folder / "data")
    try:
        holder = await server.start()
        yield holder.address or "", Settings(data=folder / "data"), holder.database_url or ""
    finally:
        await server.stop(signal.SIGTERM)


@asynccontextmanager
async def _on_servers(folder: Path) -> AsyncIterator[tuple[str, Settings, str]]:
    async with stack.own_settings(folder) as settings:
        database = open_database(str(settings.database_url), 2)
        await migrations.upgrade(database)
        await database.close()
        async with stack.served(settings, folder) as served:
            yield served.address, settings, str(settings.database_url)


async def _make_world(database: Database, settings: Settings) -> World:
    async with database.transaction() as connection:
        await connection.execute(text("SET LOCAL kinoteka.bulk = 'on'"))
        films = list(await connection.scalars(text(_FILMS), {"users": USERS}))
        users = list(await connection.scalars(text(_ACCOUNTS), {"users": USERS}))
    tokens = []
    async with open_accounts(settings, database) as accounts:
        await accounts.ready()
        async with database.transaction() as connection:
            for user in users:
                begun = await sessions.begin(connection, accounts, user, Origin("192.0.2.1", "a benchmark"))
                tokens.append(begun.tokens.access_token)
    return World(films, tokens)


async def _compare(address: str, world: World, rounds: int) -> float:
    table = Table("round", "films", "scores/s", "p50 ms", "p99 ms")
    rates: dict[str, list[float]] = {"one": [], "many": []}
    last: list[float] = []
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        await _until_indexed(client, world)
    for number in range(rounds):
        for name, films in (("many", world.films), ("one", world.films[:1] * USERS)):
            last = [random.randrange(2, 21) / 2 for _ in films]
            outcome = await _score(address, world, films, last)
            rates[name].append(outcome.rate)
            label = f"{USERS:,}" if name == "many" else "1"
            times = (f"{outcome.percentile(share) * 1000:.0f}" for share in (0.5, 0.99))
            table.add_row(str(number + 1), label, f"{outcome.rate:,.0f}", *times)
    output.print(table)
    ratio = statistics.median(rates["one"]) / statistics.median(rates["many"])
    output.print(f"One film takes {ratio:.2f} times the scores a second that {USERS:,} films take together.")
    await _verify(address, world.films[0], last)
    return ratio


async def _until_indexed(client: httpx.AsyncClient, world: World) -> None:
    while True:
        page = await client.get("/api/v1/films?page_size=20")
        if page.status_code == 200 and page.json()["total"] >= len(world.films):
            return
        await asyncio.sleep(0.1)


async def _score(address: str, world: World, films: list[UUID], scores: list[float]) -> Outcome:
    host, _, port = address.removeprefix("http://").partition(":")
    order = list(range(USERS))
    random.shuffle(order)
    latencies: list[float] = []
    requests = iter([_request(films[n], world.tokens[n], scores[n]) for n in order])
    began = perf_counter()
    await asyncio.gather(*(_send_all(host, int(port), requests, latencies) for _ in range(CONNECTIONS)))
    return Outcome(len(latencies) / (perf_counter() - began), sorted(latencies))


def _request(film: UUID, token: str, score: float) -> bytes:
    body = json.dumps({"score": score}).encode()
    head = (
        f"PUT /api/v1/me/ratings/{film} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _send_all(host: str, port: int, requests: Iterator[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    for request in requests:
        began = perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        latencies.append(perf_counter() - began)
        if not head.startswith((b"http/1.1 200", b"http/1.1 201")):
            raise SystemExit(f"A score was refused: {head.decode()}{body.decode()}")
    writer.close()
    await writer.wait_closed()


async def _verify(address: str, film: UUID, scores: list[float]) -> None:
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        found = (await client.get(f"/api/v1/films/{film}/ratings")).json()
    histogram = {one["score"]: one["count"] for one in found["histogram"] if one["count"]}
    if (found["count"], histogram) != (USERS, dict(Counter(scores))) or found["mean"] != sum(scores) / USERS:
        raise SystemExit(f"{found['count']} scores of mean {found['mean']} where {USERS} were given: wrong.")
    output.print(f"Count {found['count']:,}, mean {found['mean']:.4f} and histogram are exact.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--servers", action="store_true", help="on the servers that TEST_* name")
    given = parser.parse_args()
    ratio = uvloop.run(measure(given.rounds, given.servers))
    raise SystemExit(0 if ratio >= 0.5 else 1)


if __name__ == "__main__":
    main()
