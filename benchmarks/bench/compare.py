"""`make bench-compare`: two runs of `make bench` side by side, the older first, each figure with its noise.

The noise of a figure is how far its rounds lie apart. A change within the noise of both is called so: as long as their
rounds overlap, or one of them has a single round, nothing is said to be faster or slower.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.bench import runs
from benchmarks.lines import Line
from benchmarks.table import describe_machine, figure, number

Key = tuple[str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", type=Path, nargs="*", help=f"two JSON files; the last two of {runs.FOLDER} otherwise")
    given = parser.parse_args().runs or runs.newest(2)
    if len(given) != 2:
        parser.error("name two runs: there are no two of them in build/bench yet")
    show(*(runs.load(path) for path in given))


def show(before: runs.Run, after: runs.Run) -> None:
    table = Table(title=f"{before.at} and {after.at}")
    for heading in ("what", "beside", "before", "noise", "after", "noise", "change", ""):
        table.add_column(heading, justify="left" if heading in ("what", "beside") else "right")
    then = _by_key(before)
    for key, line in _by_key(after).items():
        if key in then:
            table.add_row(line.name, line.of, *_cells(then[key], line))
    console = Console(width=150)
    console.print(table)
    for name, run in (("Before", before), ("After", after)):
        console.print(f"{name}: {describe_machine(run.machine)}")
    for name, lines in (
        ("Only before", _by_key(before).keys() - _by_key(after)),
        ("Only after", _by_key(after).keys() - then),
    ):
        if lines:
            console.print(f"{name}: {'; '.join(sorted(' '.join(key) for key in lines))}")


def _by_key(run: runs.Run) -> dict[Key, Line]:
    return {(line.section, line.name, line.of): line for line in run.lines}


def _cells(before: Line, after: Line) -> tuple[str, ...]:
    change = f"{100 * (after.figure / before.figure - 1):+.0f} %" if before.figure else ""
    return (figure(before), noise(before), figure(after), noise(after), change, verdict(before, after))


def noise(line: Line) -> str:
    return f"± {number(line.spread / 2)}" if len(line.values) > 1 else "one round"


def verdict(before: Line, after: Line) -> str:
    if min(len(before.values), len(after.values)) < 2:
        return "one round says nothing"
    if max(before.figures) < min(after.figures):
        return "higher"
    if max(after.figures) < min(before.figures):
        return "lower"
    return "within the noise"


if __name__ == "__main__":
    main()
