"""`python -m benchmarks.rates`: what the API costs, as ratios in one run, one server process on one core.

The server has core 0 and the load generator core 1. Each line is measured beside the bare ASGI application that answers
the same bytes from the same server, in turns, and the median of the rounds is shown. On a busy machine the rates mean
little; the ratios still do.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx
import msgspec

from benchmarks import load, table
from benchmarks.lines import Line
from benchmarks.machine import pick_cores

LIST = "/api/v1/films?sort=-rating&page_size=50"
SORTS = [
    f"{sign}{key}"
    for key in ("rating", "year", "minutes", "votes", "weighted_rating", "created_at")
    for sign in ("", "-")
]
PAGES = 10
BEGUN = 5
"""Letters of a title that suggestions are asked for."""
BARE, BARE_EMPTY, BARE_LIST = "bare, same body", "bare, empty body", "bare, body of the list"
REDIS = "one GET, same body"
ENGINE = "engine asked directly"


@asynccontextmanager
async def process(*command: str, port: int, path: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Started on the server's core and ended with SIGTERM; ready when `path` answers 200. Its log goes nowhere."""
    child = await asyncio.create_subprocess_exec(
        "taskset",
        "-c",
        str(pick_cores()[0]),
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
    return await load.run_pinned(load.Load(port, list(requests), seconds, expect=expect), pick_cores()[1])


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
    return Line(name=name, unit="/s", values=rates, of=limit[0], beside=others, more={"p99 ms": median(tails)})


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
                    (BARE, port + 1, [load.get("/")]),
                    options,
                ),
                await side_by_side(
                    "hot film",
                    ([load.get(film_path)], port, 200),
                    (BARE, port + 2, [load.get("/")]),
                    options,
                ),
                await side_by_side(
                    "304 by ETag", ([unchanged], port, 304), (BARE_EMPTY, port + 3, [load.get("/")]), options
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
            bare(port + 3, film.content, folder),
        ):
            limit, of_film = [(REDIS, port + n, [load.get("/")]) for n in (1, 2)]
            return [
                await side_by_side("shared list of 50", (lists, port, 200), limit, options),
                await side_by_side("shared film", (by_id, port, 200), of_film, options),
                await side_by_side(
                    "  that application", ([load.get("/")], port + 2, 200), (BARE, port + 3, [load.get("/")]), options
                ),
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
        begun = [load.get(f"/api/v1/search/suggest?q={quote(film['title'][:BEGUN])}") for film in films]
        async with bare(port + 1, page.content, folder):
            limit = (BARE_LIST, port + 1, [load.get("/")])
            return [
                await side_by_side("uncached list of 50", (lists, port, 200), limit, options),
                await side_by_side("uncached film by id", (by_id, port, 200), limit, options),
                await side_by_side("uncached search", (searches, port, 200), limit, options),
                await side_by_side("uncached suggest", (begun, port, 200), limit, options),
            ]


async def engine_lines(data: Path, lines: Sequence[Line], options: argparse.Namespace) -> list[Line]:
    """The same questions put to the engine without HTTP."""
    rounds = [await _ask_engine(data, options.seconds) for _ in range(options.rounds)]
    return [
        msgspec.structs.replace(line, of=ENGINE, beside=[rates[line.name] for rates in rounds])
        for line in lines
        if line.name in rounds[0]
    ]


async def _ask_engine(data: Path, seconds: float) -> dict[str, float]:
    """In a process of its own on the server's core."""
    command = ["taskset", "-c", str(pick_cores()[0]), sys.executable, "-m", "benchmarks.engine"]
    child = await asyncio.create_subprocess_exec(*command, str(data), str(seconds), stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    if child.returncode:
        raise SystemExit("The engine could not be asked directly; its message stands above.")
    rates: dict[str, float] = json.loads(out)
    return rates


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
    with tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as name:
        folder = Path(name)
        data = folder / "data"
        await load_catalogue(data, options.catalogue)
        lines = await hot(data, folder, options)
        if options.redis:
            lines += await shared(data, folder, options)
        uncached = await cold(data, folder, options)
        lines += uncached + await engine_lines(data, uncached, options)
    table.show(lines, f"Kinoteka over HTTP · {options.catalogue}")
    if options.json:
        options.json.write_bytes(msgspec.json.encode(lines))


if __name__ == "__main__":
    asyncio.run(main())
