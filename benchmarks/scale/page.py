"""`python -m benchmarks.scale.page`: writes what `make scale` measured into docs/scale.md, with plots in docs/images.

In the page the text between `<!-- NAME -->` and `<!-- end -->` is replaced; what people wrote around it stays.
"""

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.scale import results
from benchmarks.scale.plots import Panel, Points, draw
from benchmarks.scale.results import Result
from benchmarks.scale.shapes import SHAPES
from benchmarks.table import describe_machine, number

TARGETS = {"search": 100.0, "suggest": 30.0}
"""Milliseconds, p99 of one at a time, at a million films."""
HELD = {"list": 1.5, "film by id": 1.5, "person by id": 1.5}
"""Times what the smallest catalogue takes: what is asked to stay as it is there."""
MEMORY = {"import": 300.0, "export": 300.0, "read": 250.0}
"""MB of the process of Kinoteka."""
_NAMES = {"read": "API, answering"}
_STEPS = ("import", "build", "export")
_BLOCK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

Results = Sequence[Result]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale.page",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, default=results.FOLDER, help=f"of the results ({results.FOLDER})")
    parser.add_argument("--page", type=Path, default=Path("docs/scale.md"), help="(docs/scale.md)")
    options = parser.parse_args()
    found = read(options.folder)
    if not found:
        parser.error(f"there is no result of make scale in {options.folder} yet")
    images = options.page.parent / "images"
    images.mkdir(exist_ok=True)
    for name, panels in PLOTS.items():
        (images / f"scale-{name}.svg").write_text(draw([*panels(found)], SHAPES))
    options.page.write_text(fill(options.page.read_text(), found))


def read(folder: Path) -> list[Result]:
    """By shape, then by size; whatever has been measured so far."""
    every = [result for path in folder.glob("*-*.json") if (result := results.find(path))]
    return sorted(every, key=lambda result: (SHAPES.index(result.shape), result.films))


def fill(text: str, found: Results) -> str:
    return _BLOCK.sub(lambda match: match[1] + "\n".join(TABLES[match[2]](found)) + "\n" + match[3], text)


def machine(found: Results) -> Iterator[str]:
    for one in dict.fromkeys(describe_machine(result.machine).partition(", load")[0] for result in found):
        yield f"{one}."


def work(found: Results) -> Iterator[str]:
    """What import, build and export cost."""
    yield "| shape | films | persons | credits | | processor seconds | of which | films a second | by the clock |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for result, name in _steps(found):
        step = result.steps[name]
        parts = ", ".join(f"{program} {number(use.cpu)}" for program, use in _used(step.uses.items()))
        rate, clock = number(result.films / step.cpu), f"{number(step.seconds)} s"
        yield _row(*_size(result), name, number(step.cpu), parts, rate, clock)


def latencies(found: Results) -> Iterator[str]:
    yield "| shape | films | | processor ms | alone: p50 | p99 | target | eight at once: p50 | p99 | a second |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for result in found:
        for kind, by_clients in result.latencies.items():
            alone, together = by_clients["1"], by_clients["8"]
            limit = TARGETS.get(kind) if result.films >= 1_000_000 else None
            cells = [f"{number(alone.p50)} ms", f"{number(alone.p99)} ms", _verdict(alone.p99, limit, "ms")]
            cells += [f"{number(together.p50)} ms", f"{number(together.p99)} ms", number(together.rate)]
            yield _row(result.shape, f"{result.films:,}", kind, _cost(result, kind), *cells)


def _cost(result: Result, kind: str) -> str:
    """Of all programs, and what of it is a server's."""
    costs = result.costs.get(kind, {})
    servers = [(name, cost) for name, cost in costs.items() if name != "kinoteka" and cost >= 0.01]
    shown = ", ".join(f"{name} {number(cost)}" for name, cost in servers)
    return number(sum(costs.values())) + (f" ({shown})" if shown else "")


def growth(found: Results) -> Iterator[str]:
    """Of answers asked alone (p50), of steps and of memory: how many times what the smallest catalogue takes."""
    sizes = sorted({result.films for result in found})
    yield f"| shape | | {' | '.join(f'{size:,}' for size in sizes)} | target |"
    yield "|---|---|" + "---|" * len(sizes) + "---|"
    for shape, of in _by_shape(found):
        for name, unit, values in _grown(of):
            least, most = values.get(sizes[0]), values.get(sizes[-1])
            cells = [_times(values.get(size), least, unit) for size in sizes]
            limit = HELD.get(name) if least and most and len(sizes) > 1 else None
            yield _row(shape, name, *cells, _verdict((most or 0) / (least or 1), limit, "times"))


def _grown(of: Results) -> Iterator[tuple[str, str, dict[int, float]]]:
    for kind in dict.fromkeys(kind for one in of for kind in one.latencies):
        yield kind, "ms", {one.films: one.latencies[kind]["1"].p50 for one in of if kind in one.latencies}
    for name in _STEPS:
        yield name, "s of a processor", {one.films: one.steps[name].cpu for one in of if name in one.steps}
    own = {one.films: one.steps["read"].uses["kinoteka"].own for one in of if "read" in one.steps}
    yield "memory of the API, its own", "MB", own


def _times(value: float | None, least: float | None, unit: str) -> str:
    if value is None or least is None:
        return ""
    return f"{number(value)} {unit}" if value == least else f"{number(value)} ({number(value / least)} times)"


def memory(found: Results) -> Iterator[str]:
    yield "| shape | films | | Kinoteka | of it its own | target | beside it |"
    yield "|---|---|---|---|---|---|---|"
    for result, name in _steps(found, "read"):
        uses = result.steps[name].uses
        if "kinoteka" in uses:
            ours = uses["kinoteka"]
            others = ", ".join(
                f"{program} {number(use.memory)} MB" for program, use in uses.items() if program != "kinoteka"
            )
            cells = (
                f"{number(ours.memory)} MB",
                f"{number(ours.own)} MB",
                _verdict(ours.memory, MEMORY.get(name), "MB"),
            )
            yield _row(result.shape, f"{result.films:,}", _NAMES.get(name, name), *cells, others)


def disk(found: Results) -> Iterator[str]:
    yield "| shape | films | database | largest tables | index | files imported | export |"
    yield "|---|---|---|---|---|---|---|"
    for result in found:
        if result.disk:
            sizes = {name: _megabytes(size) for name, size in result.disk.items()}
            tables = [(name.removeprefix("table "), size) for name, size in sizes.items() if name.startswith("table ")]
            largest = ", ".join(f"{name} {size}" for name, size in tables[:3])
            files, export = (_megabytes(result.steps[name].size) for name in ("generate", "export"))
            yield _row(result.shape, f"{result.films:,}", sizes["database"], largest, sizes["index"], files, export)


TABLES: dict[str, Callable[[Results], Iterable[str]]] = {
    "machine": machine,
    "work": work,
    "latencies": latencies,
    "growth": growth,
    "memory": memory,
    "disk": disk,
}


def plot_latencies(found: Results) -> Iterator[Panel]:
    for kind in ("search", "suggest", "list", "film by id"):
        lines = {
            f"{shape} {name}": [(one.films, getattr(one.latencies[kind]["1"], name)) for one in of if one.latencies]
            for shape, of in _by_shape(found)
            for name in ("p99", "p50")
        }
        yield Panel(kind, "ms", _drawable(lines), TARGETS.get(kind))


def plot_work(found: Results) -> Iterator[Panel]:
    for name in _STEPS:
        lines = {
            shape: [(one.films, one.steps[name].cpu) for one in of if name in one.steps]
            for shape, of in _by_shape(found)
        }
        yield Panel(name, "processor seconds", _drawable(lines))
    sizes = {shape: [(one.films, sum(_stores(one)) / 1e6) for one in of if one.disk] for shape, of in _by_shape(found)}
    yield Panel("database and index", "MB", _drawable(sizes))


def plot_memory(found: Results) -> Iterator[Panel]:
    for name in (*_STEPS, "read"):
        lines = {
            shape: [(one.films, one.steps[name].uses["kinoteka"].memory) for one in of if name in one.steps]
            for shape, of in _by_shape(found)
        }
        yield Panel(_NAMES.get(name, name), "MB", _drawable(lines), MEMORY.get(name))


PLOTS: dict[str, Callable[[Results], Iterable[Panel]]] = {
    "answers": plot_latencies,
    "work": plot_work,
    "memory": plot_memory,
}


def _by_shape(found: Results) -> list[tuple[str, list[Result]]]:
    return [(shape, [one for one in found if one.shape == shape]) for shape in SHAPES]


def _drawable(lines: Mapping[str, Points]) -> dict[str, Points]:
    return {name: points for name, points in lines.items() if points}


def _stores(result: Result) -> tuple[int, int]:
    return result.disk["database"], result.disk["index"]


def _steps(found: Results, *more: str) -> Iterator[tuple[Result, str]]:
    for result in found:
        yield from ((result, name) for name in (*_STEPS, *more) if name in result.steps)


def _used(uses: Iterable[tuple[str, results.Use]]) -> list[tuple[str, results.Use]]:
    """Most first; what did next to nothing is left out."""
    return sorted([(name, use) for name, use in uses if use.cpu >= 0.1], key=lambda one: -one[1].cpu)


def _size(result: Result) -> tuple[str, str, str, str]:
    persons, credited = (f"{result.counts[name]:,}" if result.counts else "" for name in ("persons", "credits"))
    return result.shape, f"{result.films:,}", persons, credited


def _verdict(value: float, limit: float | None, unit: str) -> str:
    if limit is None:
        return ""
    return f"< {limit:g} {unit} {'✓' if value < limit else '**missed**'}"


def _megabytes(size: int) -> str:
    return f"{number(size / 1e6)} MB"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
