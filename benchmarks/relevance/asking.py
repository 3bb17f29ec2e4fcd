"""A catalogue with its queries, put to an engine of one's own."""

import os
import random

from msgspec import Struct

from benchmarks.own_engines import ENGINES, own_engine
from benchmarks.relevance.catalogue import Entry, read_catalogue
from benchmarks.relevance.measuring import Result, run, suggest_times
from benchmarks.relevance.pool import Pool
from benchmarks.relevance.slices import Slice, make_slices
from benchmarks.relevance.table import Totals
from kinoteka.search.documents import make_document
from kinoteka.search.engine import SearchEngine

_BATCH = 2000


class Catalogue(Struct, frozen=True):
    entries: list[Entry]
    films: int
    slices: list[Slice]
    titles: list[str]
    """Whose beginnings are suggested for."""


async def open_catalogue(source: str, size: int, seed: int) -> Catalogue:
    """`source` as for `read_catalogue`; `size`: queries per slice."""
    entries = await read_catalogue(source)
    pool = Pool(entries)
    titles = random.Random(seed).sample(sorted({title.text for title in pool.titles}), 50)
    return Catalogue(entries, len(pool.films), make_slices(pool, size, seed), titles)


def chosen_engines(given: str | None, url: str | None) -> list[str]:
    """Both where nothing is said and it is known where Elasticsearch is."""
    if given == "both" or (given is None and (url or "TEST_ELASTICSEARCH_URL" in os.environ)):
        return [*ENGINES]
    return [given or ENGINES[0]]


async def measure(catalogue: Catalogue, engine: str, url: str | None = None) -> tuple[list[Result], Totals]:
    async with own_engine(engine, url) as opened:
        await _fill(opened, catalogue.entries)
        results = [await run(opened, one) for one in catalogue.slices if one.cases]
        return results, Totals.of(results, await suggest_times(opened, catalogue.titles))


async def _fill(engine: SearchEngine, entries: list[Entry]) -> None:
    build = await engine.start_build()
    for start in range(0, len(entries), _BATCH):
        await build.write([make_document(kind, record) for kind, record in entries[start : start + _BATCH]])
    await build.publish()
