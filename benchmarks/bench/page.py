"""`python -m benchmarks.bench.page docs/benchmarks.md`: the last run of `make bench`, or the ones named, as a page.

Several runs make one table, section by section; where two hold a section, the later one counts.
"""

import argparse
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path

from benchmarks.bench import runs
from benchmarks.lines import Line
from benchmarks.table import cells, describe_machine, figure

_HEAD = """# Benchmarks, measured

Made by `make bench` and `python -m benchmarks.bench.page docs/benchmarks.md`; [Measure it](how-to/measure.md) says how
each figure comes about. What answers has one core, what asks it another; both sides of a ratio take turns, and the
middle of the rounds is shown with the lowest and the highest. Servers beside it (Elasticsearch, PostgreSQL, Redis),
freshness, fan-out and memory have the whole machine; in the build, and where it says so, Elasticsearch has one core.
Rates mean little on another machine, ratios more.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bench.page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("page", type=Path)
    parser.add_argument("runs", type=Path, nargs="*", help=f"JSON files; the last of {runs.FOLDER} otherwise")
    options = parser.parse_args()
    given = options.runs or runs.newest(1)
    if not given:
        parser.error("there is no run of make bench yet")
    options.page.write_text("\n".join(_page([runs.load(path) for path in given])))


def _page(several: list[runs.Run]) -> Iterator[str]:
    yield _HEAD
    for machine in dict.fromkeys(describe_machine(run.machine) for run in several):
        yield f"- {machine}"
    for sizes in dict.fromkeys(map(_describe_sizes, several)):
        yield f"- {sizes}"
    sections = {name: list(lines) for run in several for name, lines in groupby(run.lines, lambda line: line.section)}
    lines = [line for section in sections.values() for line in section]
    yield "\n| section | what | measured | beside | its value | ratio | rounds | target | |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for line in lines:
        yield f"| {line.section} | {' | '.join(cells(line))} |"
    yield from _missed(lines)
    yield from _not_measured(several, sections.keys())
    yield from _histograms(lines)
    yield ""


def _describe_sizes(run: runs.Run) -> str:
    sizes = run.sizes
    return (
        f"{run.at}: {sizes.films:,} films, {sizes.fanned:,} of the person who is renamed; {sizes.rounds} rounds of "
        f"{sizes.seconds:g} s"
    )


def _missed(lines: list[Line]) -> Iterator[str]:
    missed = [line for line in lines if line.is_missed]
    yield "\n## Missed\n" if missed else "\nNo target is missed."
    for line in missed:
        beside = f" beside «{line.of}»" if line.of else ""
        yield f"- {line.name}{beside}: {figure(line)}, not {line.target}"


def _not_measured(several: list[runs.Run], measured: Collection[str]) -> Iterator[str]:
    """Unless another of the runs has it."""
    reasons = {name: reason for run in several for name, reason in {**run.left_out, **run.failed}.items()}
    missing = {name: reason for name, reason in reasons.items() if name not in measured}
    if missing:
        yield "\n## Not measured\n"
    yield from (f"- {name}: {reason}" for name, reason in missing.items())


def _histograms(lines: list[Line]) -> Iterator[str]:
    for line in lines:
        if line.histogram:
            yield f"\n## {line.name}\n\n| from commit to visible | changes |\n|---|---|"
            yield from (f"| {bound} | {count} |" for bound, count in line.histogram.items())


if __name__ == "__main__":
    main()
