"""`make bench`: one table of all that is promised, each line beside what it is a ratio of, in one run.

What is measured has one core, what measures it another; both sides of a ratio take turns. Sections that need servers
use those of TEST_POSTGRES_URL, TEST_ELASTICSEARCH_URL and TEST_REDIS_URL, under names of their own, and are left out
where there are none. The run is kept as JSON; `make bench-compare` shows two of them. Exit status 1 when a section
could not be measured; a missed target is said, not punished.
"""

import argparse
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from msgspec.structs import replace
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import table
from benchmarks.bench import runs
from benchmarks.bench.runs import Run
from benchmarks.bench.sections import SECTIONS, Ground, Section, Sizes
from benchmarks.bench.targets import aim
from benchmarks.machine import describe
from benchmarks.rates import load_catalogue
from benchmarks.stack import generate_films

_NAMES = ", ".join(section.name for section in SECTIONS)


def main() -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no server outlives us
    options = _arguments()
    run = uvloop.run(_measure(options, _chosen(options.only)))
    path = options.json or runs.new_path()
    runs.save(run, path)
    show(run, f"Kinoteka · {options.catalogue or f'{options.films:,} generated films'}")
    Console(stderr=True).print(f"Kept in {path}.")
    return 1 if run.failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="A,B", help=f"these sections: {_NAMES}")
    parser.add_argument("--catalogue", type=Path, metavar="FOLDER", help="IMDb-shaped files, instead of generated ones")
    parser.add_argument("--films", type=int, default=10_000, help="how many are generated (10000)")
    parser.add_argument("--fanout", type=int, default=4000, help="films of the person who is renamed (4000)")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement (3)")
    parser.add_argument("--seconds", type=float, default=2, help="length of a round (2)")
    parser.add_argument("--changes", default="20,200,500,1000", help="a second, for freshness (20,200,500,1000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help=f"instead of a new file in {runs.FOLDER}")
    return parser.parse_args()


def _chosen(only: str | None) -> list[Section]:
    names = only.split(",") if only else [section.name for section in SECTIONS]
    unknown = [name for name in names if name not in {section.name for section in SECTIONS}]
    if unknown:
        raise SystemExit(f"There is no section {', '.join(unknown)}; there are {_NAMES}.")
    return [section for section in SECTIONS if section.name in names]


async def _measure(options: argparse.Namespace, sections: list[Section]) -> Run:
    rates = [int(rate) for rate in options.changes.split(",")]
    sizes = Sizes(options.films, options.fanout, options.rounds, options.seconds, rates)
    run = Run(describe(), sizes, [], at=datetime.now(UTC).isoformat(timespec="seconds"))
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="kinoteka-bench-") as name,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("the catalogue", total=None)
        ground = await _prepare(Path(name), options.catalogue, sizes)
        for number, section in enumerate(sections, 1):
            progress.update(task, description=f"{section.name} ({number} of {len(sections)})")
            await _measure_section(section, ground, run)
    return run


async def _prepare(folder: Path, catalogue: Path | None, sizes: Sizes) -> Ground:
    if catalogue is None:
        catalogue = await generate_films(folder / "catalogue", sizes.films)
    await load_catalogue(folder / "data", str(catalogue))
    return Ground(folder, catalogue, folder / "data", sizes)


async def _measure_section(section: Section, ground: Ground, run: Run) -> None:
    """One that fails takes none of the others with it."""
    if section.missing:
        run.left_out[section.name] = f"needs {', '.join(section.missing)}"
        return
    cores = os.sched_getaffinity(0)
    try:
        lines = await section.measure(ground)
    except (Exception, SystemExit) as error:
        run.failed[section.name] = f"{type(error).__name__}: {error}"
        return
    finally:
        os.sched_setaffinity(0, cores)
    run.lines += [aim(replace(line, section=section.name)) for line in lines]


def show(run: Run, title: str) -> None:
    console = Console(width=170)
    table.show(run.lines, title, run.machine, console)
    for line in run.missed:
        beside = f" beside {line.of}" if line.of else ""
        console.print(f"[bold]Missed:[/] {line.name}{beside} is {table.figure(line)}, not {line.target}.")
    for name, reason in run.left_out.items():
        console.print(f"Left out: {name}, which {reason}.")
    for name, reason in run.failed.items():
        console.print(f"[bold]Failed:[/] {name}: {escape(reason)}")


if __name__ == "__main__":
    sys.exit(main())
