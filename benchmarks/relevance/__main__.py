"""`python -m benchmarks.relevance`: does search find what is meant? Exit status 1 when a gate is missed."""

import argparse
import asyncio
import random
import sys

from benchmarks.own_engines import ENGINES, own_engine
from benchmarks.relevance.catalogue import Entry, read_catalogue
from benchmarks.relevance.measuring import Result, run, suggest_times
from benchmarks.relevance.pool import Pool
from benchmarks.relevance.slices import make_slices
from benchmarks.relevance.table import Totals, print_differences, print_failures, print_results
from kinoteka.search.documents import make_document
from kinoteka.search.engine import SearchEngine

_BATCH = 2000


def main() -> int:
    return asyncio.run(_measure(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--catalogue", default="demo", metavar="FOLDER|demo", help="IMDb's TSV files, or the demo catalogue"
    )
    where.add_argument("--database", metavar="URL", help="a PostgreSQL database with a catalogue in it")
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="tantivy", help="both: one against the other")
    parser.add_argument("--url", help="of Elasticsearch; otherwise TEST_ELASTICSEARCH_URL says it")
    parser.add_argument("--size", type=int, default=300, help="queries per slice (300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="TEXT", help="only slices with this in their name")
    parser.add_argument(
        "--show", metavar="SLICE", help="list what was not found at the top in slices with this in their name"
    )
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> int:
    entries = await read_catalogue(arguments.database or arguments.catalogue)
    pool = Pool(entries)
    slices = [one for one in make_slices(pool, arguments.size, arguments.seed) if (arguments.only or "") in one.name]
    titles = random.Random(arguments.seed).sample(sorted({title.text for title in pool.titles}), 50)
    measured: dict[str, list[Result]] = {}
    passed = True
    for name in ENGINES if arguments.engine == "both" else (arguments.engine,):
        async with own_engine(name, arguments.url) as engine:
            await _fill(engine, entries)
            results = measured[name] = [await run(engine, one) for one in slices if one.cases]
            totals = Totals.of(results, await suggest_times(engine, titles))
        passed &= _report(name, results, totals, arguments.show)
    return 0 if print_differences(measured) and passed else 1


async def _fill(engine: SearchEngine, entries: list[Entry]) -> None:
    build = await engine.start_build()
    for start in range(0, len(entries), _BATCH):
        await build.write([make_document(kind, record) for kind, record in entries[start : start + _BATCH]])
    await build.publish()


def _report(engine: str, results: list[Result], totals: Totals, show: str | None) -> bool:
    print_results(engine, results, totals)
    for result in results:
        if show and show in result.slice.name:
            print_failures(result)
    return all(result.passes for result in results) and totals.passes


if __name__ == "__main__":
    sys.exit(main())
