"""`make scale`: how import, build, answers, export, memory and disk grow with the catalogue, in either shape.

Catalogues are generated. Each size and shape has a file in build/scale that grows part by part: called again, the
command goes on behind the last part that is in it, with what was imported and built so far; all of that is removed once
the last part is done. On servers it uses those of TEST_POSTGRES_URL, TEST_ELASTICSEARCH_URL and TEST_REDIS_URL, under
names of its own; they must run on this machine. `python -m benchmarks.scale.page` makes docs/scale.md of the files.
"""

import argparse
import asyncio
import os
import signal
import sys
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe
from benchmarks.scale import results
from benchmarks.scale.parts import PARTS, Ground, measure
from benchmarks.scale.results import Result
from benchmarks.scale.shapes import SHAPES, open_shape


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no server outlives us
    options = _arguments()
    failed = False
    for films in options.films:
        for shape in options.shape:
            try:
                show(asyncio.run(_measure(shape, films, options)))
            except SystemExit as error:
                print(f"Failed: {films:,} films, {shape}: {error}", file=sys.stderr)
                failed = True
            except Exception:  # one that fails takes none of the others with it
                print(f"Failed: {films:,} films, {shape}", file=sys.stderr)
                traceback.print_exc()
                failed = True
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=_numbers, default=[10_000, 100_000], help="sizes (10000,100000)")
    parser.add_argument("--shape", type=_shapes, default=["embedded"], help="embedded, servers or both with a comma")
    parser.add_argument("--parts", type=_parts, default=[*PARTS], help=f"those alone, of {','.join(PARTS)}")
    parser.add_argument("--seconds", type=float, default=5, help="of each round of questions (5)")
    parser.add_argument("--folder", type=Path, default=results.FOLDER, help=f"({results.FOLDER})")
    parser.add_argument("--keep", action="store_true", help="what was imported and built, after the last part, too")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _shapes(text: str) -> list[str]:
    return _among(SHAPES, text)


def _parts(text: str) -> list[str]:
    return _among(PARTS, text)


def _among(known: tuple[str, ...], text: str) -> list[str]:
    given = text.split(",")
    if unknown := [name for name in given if name not in known]:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(unknown)}; there are {', '.join(known)}")
    return [name for name in known if name in given]


async def _measure(name: str, films: int, options: argparse.Namespace) -> Result:
    path = results.path_of(options.folder, name, films)
    result = results.find(path) or Result(films, name, describe())
    folder = options.folder.absolute() / f"{name}-{films}"
    shape = open_shape(name, folder, films)
    ground = Ground(shape, folder, options.folder.absolute() / f"catalogue-{films}", options.seconds)
    await shape.prepare()
    for part in options.parts:
        if part in result.steps:
            continue
        Console(stderr=True).print(f"{films:,} films, {name}: {part}")
        cores = os.sched_getaffinity(0)
        try:
            await measure(part, ground, result)
        finally:
            os.sched_setaffinity(0, cores)
        results.save(result, path)
    if result.steps.keys() >= {*PARTS} and not options.keep:
        await shape.remove()
    return result


def show(result: Result) -> None:
    console = Console(width=130)
    table = Table(title=f"{result.films:,} films · {result.shape}")
    for heading in ("", "seconds", "of a processor", "most memory, MB"):
        table.add_column(heading, justify="right")
    for name, step in result.steps.items():
        cpu = ", ".join(f"{program} {use.cpu:.1f}" for program, use in step.uses.items())
        memory = ", ".join(f"{program} {use.memory:.0f}" for program, use in step.uses.items())
        table.add_row(name, f"{step.seconds:.1f}", cpu, memory)
    console.print(table)
    for kind, by_clients in result.latencies.items():
        for clients, one in by_clients.items():
            console.print(f"{kind}, {clients} at once: p50 {one.p50:.1f}, p99 {one.p99:.1f} ms, {one.rate:.0f}/s")
        costs = ", ".join(f"{program} {cost:.2f}" for program, cost in result.costs[kind].items())
        console.print(f"{kind}: ms of a processor an answer: {costs}")
    console.print(", ".join(f"{name} {size / 2**20:,.0f} MB" for name, size in result.disk.items()))


if __name__ == "__main__":
    sys.exit(main())
