"""`python -m benchmarks.elasticsearch_rates`: what the API adds to Elasticsearch, with nothing cached.

Each line is measured in turns beside Elasticsearch asked the same by the load generator, and beside the least ASGI
application that asks it through elasticsearch-py. The API and that application have core 0, the load generator core 1.
Elasticsearch runs where it likes, so that the API takes from it what it needs itself. Once more it has the load's core
whoever asks it, and the API takes nothing from it: what is left then is whether the API keeps up. For that it has to be
on this machine and no other user's.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import msgspec

from benchmarks import load, table
from benchmarks.asking import Question
from benchmarks.engine import listings
from benchmarks.lines import Line
from benchmarks.machine import kept_on, pick_cores
from benchmarks.own_engines import find_processes, remove_indexes
from benchmarks.rates import BEGUN, LIST, load_catalogue, process, side_by_side
from kinoteka.search.elasticsearch.client import Client
from kinoteka.search.elasticsearch.engine import ElasticsearchEngine
from kinoteka.search.query import Search, Suggest

_SEARCHES = 100
_FOUND = 20
"""Items on a page of a search that does not say how many."""
DIRECT, LEAST = "Elasticsearch asked directly", "least application that asks it"
DIRECT_ON_LOADS_CORE = "Elasticsearch asked directly, on the load's core"


class _Recording(Client):
    """Keeps what the engine asks, so that it can be asked without the engine."""

    asked: list[Question]

    async def read(self, method: str, path: str, body: bytes | None = None, *, lines: bool = False) -> bytes:  # type: ignore[override]
        self.asked.append(Question(path, body))
        return await super().read(method, path, body, lines=lines)  # type: ignore[arg-type]


async def questions(url: str, prefix: str) -> dict[str, tuple[list[str], list[Question]]]:
    """What the API is asked, and what it then asks Elasticsearch."""
    recording = _Recording([url])
    recording.asked = []
    engine = ElasticsearchEngine([url], prefix, lambda _: 0, client=recording)
    films = [film for one in listings()[:3] for film in (await engine.page(one)).items]
    titles = [msgspec.json.decode(film.data)["title"] for film in films][:_SEARCHES]
    await engine.search(Search(text=titles[0], size=50))  # names of genres are known from now on
    found = {}
    recording.asked = []
    for one in listings():
        await engine.page(one)
    paths = [
        f"/api/v1/films?sort={'-' if one.sort.descending else ''}{one.sort.key}&page={one.offset // one.size + 1}"
        for one in listings()
    ]
    found["uncached list of 50"] = paths, recording.asked
    recording.asked = []
    for film in films:
        await engine.get("film", film.id)
    found["uncached film by id"] = [f"/api/v1/films/{film.id}" for film in films], recording.asked
    recording.asked = []
    for title in titles:
        await engine.search(Search(text=title, size=_FOUND))
    found["uncached search"] = [f"/api/v1/search?q={quote(title)}" for title in titles], recording.asked
    recording.asked = []
    for title in titles:
        await engine.suggest(Suggest(text=title[:BEGUN]))
    begun = [f"/api/v1/search/suggest?q={quote(title[:BEGUN])}" for title in titles]
    found["uncached suggest"] = begun, recording.asked
    await engine.close()
    return found


@asynccontextmanager
async def asking(port: int, url: str, asked: Sequence[Question], folder: Path) -> AsyncIterator[None]:
    file = folder / f"questions-{port}"
    file.write_bytes(msgspec.msgpack.encode(list(asked)))
    async with process(sys.executable, "-m", "benchmarks.asking", str(port), url, str(file), port=port, path="/"):
        yield


async def measured(url: str, prefix: str, folder: Path, options: argparse.Namespace) -> list[Line]:
    lines = []
    elasticsearch, servers = urlsplit(url).port or 9200, await find_processes(url)
    for name, (paths, asked) in (await questions(url, prefix)).items():
        ours = ([load.get(path) for path in paths], options.port, 200)
        direct = (DIRECT, elasticsearch, [one.request() for one in asked])
        each = len(asked) / len(paths)
        lines.append(_per_question(await side_by_side(name, ours, direct, options), each))
        if servers:
            with kept_on(pick_cores()[1], servers):
                there = (DIRECT_ON_LOADS_CORE, elasticsearch, direct[2])
                lines.append(_per_question(await side_by_side(name, ours, there, options), each))
        async with asking(options.port + 1, url, asked, folder):
            least = (LEAST, options.port + 1, [load.get("/")])
            lines.append(_per_question(await side_by_side(name, ours, least, options), each))
            lines.append(await side_by_side("  that application", (least[2], least[1], 200), direct, options))
    return lines


def _per_question(line: Line, each: float) -> Line:
    """Some questions are `each` requests to Elasticsearch; what it is beside answers one request each."""
    return msgspec.structs.replace(line, beside=[rate / each for rate in line.beside])


async def lines(data: Path, folder: Path, options: argparse.Namespace) -> list[Line]:
    """Of the catalogue in a data folder."""
    prefix = f"bench-{uuid4().hex[:8]}-"
    server = process(
        sys.executable, "-m", "kinoteka", "serve", "--port", str(options.port),
        port=options.port, path=LIST,
        KINOTEKA_DATA=str(data), KINOTEKA_CACHE_BYTES="0", KINOTEKA_LOG_FORMAT="json",
        KINOTEKA_SEARCHES_PER_MINUTE="0",
        KINOTEKA_ELASTICSEARCH_URL=options.url, KINOTEKA_ELASTICSEARCH_PREFIX=prefix,
    )  # fmt: skip
    try:
        async with server:
            return await measured(options.url, prefix, folder, options)
    finally:
        await remove_indexes(options.url, prefix)


async def main() -> None:
    options = _arguments()
    with tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as name:
        folder = Path(name)
        await load_catalogue(folder / "data", options.catalogue)
        found = await lines(folder / "data", folder, options)
    table.show(found, f"Kinoteka on Elasticsearch · {options.catalogue}")
    if options.json:
        options.json.write_bytes(msgspec.json.encode(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default=os.environ.get("TEST_ELASTICSEARCH_URL"), help="on 127.0.0.1")
    parser.add_argument("--catalogue", default="demo", help="«demo», or a folder of IMDb-shaped TSV files")
    parser.add_argument("--seconds", type=float, default=3, help="length of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8720, help="the first of two ports")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    if not options.url:
        parser.error("say where Elasticsearch is: --url or TEST_ELASTICSEARCH_URL")
    return options


if __name__ == "__main__":
    asyncio.run(main())
