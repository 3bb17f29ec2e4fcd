"""`make bench`: what the API costs, as ratios in one run, one server process on one core.

The server has core 0 and the load generator core 1. Each line is measured beside the bare ASGI application that answers
the same bytes from the same server, in turns, and the median of the rounds is shown. On a busy machine the rates mean
little; the ratios still do.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks import load

SERVER_CORE, CLIENT_CORE = 0, 1
LIST = "/api/v1/films?sort=-rating&page_size=50"
SORTS = [
    f"{sign}{key}"
    for key in ("rating", "year", "minutes", "votes", "weighted_rating", "created_at")
    for sign in ("", "-")
]
PAGES = 10


@dataclass
class Line:
    name: str
    rate: float
    p99_ms: float
    beside: str
    beside_rate: float

    @property
    def ratio(self) -> float:
        return self.rate / self.beside_rate


@asynccontextmanager
async def process(*command: str, port: int, path: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Started on the server's core and ended with SIGTERM; ready when `path` answers 200. Its log goes nowhere."""
    child = await asyncio.create_subprocess_exec(
        "taskset",
        "-c",
        str(SERVER_CORE),
        *command,
        env=os.environ | environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _wait_until_ready(port, path, child)
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


async def _wait_until_ready(port: int, path: str, child: asyncio.subprocess.Process) -> None:
    deadline = time.monotonic() + 300
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline and child.returncode is None:
            try:
                if (await client.get(f"http://127.0.0.1:{port}{path}")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise SystemExit("The server did not come up; its message stands above.")


def kinoteka(data: Path, port: int, cache_bytes: int, **more: str) -> object:
    return process(
        sys.executable, "-m", "kinoteka", "serve", "--port", str(port),
        port=port, path=LIST,
        KINOTEKA_DATA=str(data), KINOTEKA_CACHE_BYTES=str(cache_bytes), KINOTEKA_LOG_FORMAT="json",
        KINOTEKA_SEARCHES_PER_MINUTE="0",
        **more,
    )  # fmt: skip


def bare(port: int, body: bytes, folder: Path, *redis: str) -> object:
    file = folder / f"body-{port}"
    file.write_bytes(body)
    return process(sys.executable, "-m", "benchmarks.bare", str(port), str(file), *redis, port=port, path="/")


async def measure(requests: Sequence[bytes], port: int, seconds: float, expect: int = 200) -> load.Outcome:
    return await load.run_pinned(load.Load(port, list(requests), seconds, expect=expect), CLIENT_CORE)


async def side_by_side(
    name: str,
    ours: tuple[Sequence[bytes], int, int],
    limit: tuple[str, int, Sequence[bytes]],
    options: argparse.Namespace,
) -> Line:
    """`ours`: requests, port, expected status; `limit`: its name, port and requests."""
    rates, others, tails = [], [], []
    for _ in range(options.rounds):
        others.append((await measure(limit[2], limit[1], options.seconds)).rate)
        outcome = await measure(ours[0], ours[1], options.seconds, ours[2])
        rates.append(outcome.rate)
        tails.append(outcome.percentile(0.99) * 1000)
    return Line(name, statistics.median(rates), statistics.median(tails), limit[0], statistics.median(others))


async def hot(data: Path, folder: Path, options: argparse.Namespace) -> list[Line]:
    port = options.port
    async with kinoteka(data, port, 64 * 2**20), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        plain = {"Accept-Encoding": "identity"}
        page = await client.get(LIST, headers=plain)
        film_path = f"/api/v1/films/{page.json()['items'][0]['id']}"
        film = await client.get(film_path, headers=plain)
        unchanged = load.get(LIST, f"If-None-Match: {page.headers['etag']}")
        async with (
            bare(port + 1, page.content, folder),
            bare(port + 2, film.content, folder),
            bare(port + 3, b"", folder),
        ):
            return [
                await side_by_side(
                    "hot list of 50",
                    ([load.get(LIST)], port, 200),
                    ("bare, same body", port + 1, [load.get("/")]),
                    options,
                ),
                await side_by_side(
                    "hot film",
                    ([load.get(film_path)], port, 200),
                    ("bare, same body", port + 2, [load.get("/")]),
                    options,
                ),
                await side_by_side(
                    "304 by ETag", ([unchanged], port, 304), ("bare, empty body", port + 3, [load.get("/")]), options
                ),
            ]


async def shared(data: Path, folder: Path, options: argparse.Namespace) -> list[Line]:
    """From Redis: without memory of its own, in turn over as many answers as there are connections."""
    port, prefix = options.port, f"kinoteka-bench-{os.getpid()}"
    redis = {"KINOTEKA_REDIS_URL": options.redis, "KINOTEKA_REDIS_PREFIX": prefix}
    async with kinoteka(data, port, 0, **redis), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        plain = {"Accept-Encoding": "identity"}
        pages = [f"{LIST}&page={number}&year_from={year}" for number in (1, 2) for year in range(1900, 1932, 2)]
        found = [await client.get(page, headers=plain) for page in pages]
        films = [f"/api/v1/films/{item['id']}" for item in found[0].json()["items"][:32]]
        film, *_ = [await client.get(path, headers=plain) for path in films]
        unchanged = [
            load.get(path, f"If-None-Match: {one.headers['etag']}") for path, one in zip(pages, found, strict=True)
        ]
        lists, by_id = [load.get(path) for path in pages], [load.get(path) for path in films]
        async with (
            bare(port + 1, found[0].content, folder, options.redis),
            bare(port + 2, film.content, folder, options.redis),
        ):
            limit, of_film = ("one GET, same body", port + 1), ("one GET, same body", port + 2)
            return [
                await side_by_side("shared list of 50", (lists, port, 200), limit, options),
                await side_by_side("shared film", (by_id, port, 200), of_film, options),
                await side_by_side("shared 304 by ETag", (unchanged, port, 304), limit, options),
            ]


async def cold(data: Path, folder: Path, options: argparse.Namespace) -> list[Line]:
    port = options.port
    async with kinoteka(data, port, 0), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        page = await client.get(LIST, headers={"Accept-Encoding": "identity"})
        films = [item for n in (1, 2, 3) for item in (await client.get(f"{LIST}&page={n}")).json()["items"]]
        by_id = [load.get(f"/api/v1/films/{film['id']}") for film in films]
        lists = [load.get(f"/api/v1/films?sort={sort}&page={n}") for sort in SORTS for n in range(1, PAGES + 1)]
        searches = [load.get(f"/api/v1/search?q={quote(film['title'])}") for film in films]
        async with bare(port + 1, page.content, folder):
            limit = ("bare, body of the list", port + 1, [load.get("/")])
            return [
                await side_by_side("uncached list of 50", (lists, port, 200), limit, options),
                await side_by_side("uncached film by id", (by_id, port, 200), limit, options),
                await side_by_side("uncached search", (searches, port, 200), limit, options),
            ]


async def engine_lines(data: Path, lines: Sequence[Line], options: argparse.Namespace) -> list[Line]:
    """The same questions put to the engine without HTTP, in a process of its own on the server's core."""
    command = [
        "taskset",
        "-c",
        str(SERVER_CORE),
        sys.executable,
        "-m",
        "benchmarks.engine",
        str(data),
        str(options.seconds),
    ]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit("The engine could not be asked directly; its message stands above.")
    direct = json.loads(out)
    return [
        Line(line.name, line.rate, line.p99_ms, "engine asked directly", direct[line.name])
        for line in lines
        if line.name in direct
    ]


def show(lines: Sequence[Line], busy: float, films: str) -> None:
    table = Table(
        title=f"Kinoteka over HTTP · {films} · one core for the server, one for the load",
        caption=f"load average before: {busy:.2f}",
    )
    for heading in ("what", "requests/s", "p99 ms", "beside", "its rate/s", "ratio"):
        table.add_column(heading, justify="left" if heading in ("what", "beside") else "right")
    for line in lines:
        table.add_row(
            line.name,
            f"{line.rate:,.0f}",
            f"{line.p99_ms:.1f}",
            line.beside,
            f"{line.beside_rate:,.0f}",
            f"{line.ratio:.2f}",
        )
    Console(width=120).print(table)


def write_json(file: Path, lines: Sequence[Line]) -> None:
    file.write_text(json.dumps([asdict(line) | {"ratio": line.ratio} for line in lines], indent=1))


async def load_catalogue(data: Path, source: str) -> None:
    command = ["demo", "load"] if source == "demo" else ["import", "imdb", source]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "kinoteka",
        *command,
        env=os.environ | {"KINOTEKA_DATA": str(data)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await child.wait():
        raise SystemExit("The catalogue could not be loaded; the reason stands above.")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", default="demo", help="«demo», or a folder of IMDb-shaped TSV files")
    parser.add_argument("--seconds", type=float, default=3, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8700, help="the first of four ports")
    parser.add_argument("--redis", help="also measure answers from that Redis, like redis://127.0.0.1:6379/0")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        await load_catalogue(data, options.catalogue)
        lines = await hot(data, folder, options)
        if options.redis:
            lines += await shared(data, folder, options)
        uncached = await cold(data, folder, options)
        lines += uncached + await engine_lines(data, uncached, options)
    show(lines, busy, options.catalogue)
    if options.json:
        write_json(options.json, lines)


if __name__ == "__main__":
    asyncio.run(main())
