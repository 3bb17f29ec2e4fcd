"""`python -m benchmarks.relevance`: does search find what is meant? Exit status 1 when a gate is missed."""

import argparse
import asyncio
import sys

from msgspec.structs import replace

from benchmarks.own_engines import ENGINES
from benchmarks.relevance.asking import chosen_engines, measure, open_catalogue
from benchmarks.relevance.measuring import Result
from benchmarks.relevance.table import Totals, print_differences, print_failures, print_results


def main() -> int:
    return asyncio.run(_measure(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--catalogue", default="demo", metavar="FOLDER|demo", help="IMDb's TSV files, or the demo catalogue"
    )
    where.add_argument("--database", metavar="URL", help="a PostgreSQL database with a catalogue in it")
    parser.add_argument(
        "--engine", choices=(*ENGINES, "both"), help="both, one against the other, where there are both"
    )
    parser.add_argument("--url", help="of Elasticsearch; otherwise TEST_ELASTICSEARCH_URL says it")
    parser.add_argument("--size", type=int, default=300, help="queries per slice (300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="TEXT", help="only slices with this in their name")
    parser.add_argument(
        "--show", metavar="SLICE", help="list what was not found at the top in slices with this in their name"
    )
    return parser.parse_args()


async def _measure(arguments: argparse.Namespace) -> int:
    catalogue = await open_catalogue(arguments.database or arguments.catalogue, arguments.size, arguments.seed)
    catalogue = replace(catalogue, slices=[one for one in catalogue.slices if (arguments.only or "") in one.name])
    measured: dict[str, list[Result]] = {}
    passed = True
    for name in chosen_engines(arguments.engine, arguments.url):
        results, totals = await measure(catalogue, name, arguments.url)
        measured[name] = results
        passed &= _report(name, results, totals, arguments.show)
    return 0 if print_differences(measured) and passed else 1


def _report(engine: str, results: list[Result], totals: Totals, show: str | None) -> bool:
    print_results(engine, results, totals)
    for result in results:
        if show and show in result.slice.name:
            print_failures(result)
    return all(result.passes for result in results) and totals.passes


if __name__ == "__main__":
    sys.exit(main())
