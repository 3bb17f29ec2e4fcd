"""Lines as one table, for people."""

from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.lines import Line
from benchmarks.machine import Machine, describe

_BAR = 50


def show(lines: Sequence[Line], title: str, machine: Machine | None = None, console: Console | None = None) -> None:
    console = console or Console(width=150)
    machine = machine or describe()
    table = Table(title=title, caption=describe_machine(machine))
    for heading in ("what", "measured", "beside", "its value", "ratio", "rounds from – to", "target", ""):
        table.add_column(heading, justify="left" if heading in ("what", "beside") else "right")
    section = lines[0].section if lines else ""
    for line in lines:
        if line.section != section:
            table.add_section()
            section = line.section
        table.add_row(*cells(line))
    console.print(table)
    for line in lines:
        if line.histogram:
            _show_histogram(console, line)


def describe_machine(machine: Machine) -> str:
    return (
        f"{machine.cores} cores of {machine.processor}, load {machine.load:.2f} before; "
        f"Python {machine.python}, Kinoteka {machine.kinoteka}"
    )


def cells(line: Line) -> tuple[str, ...]:
    return (
        line.name,
        ", ".join([f"{number(line.value)} {line.unit}", *(f"{name} {number(of)}" for name, of in line.more.items())]),
        line.of,
        number(median(line.beside)) if line.of else "",
        figure(line) if line.of else "",
        f"{number(min(line.figures))} – {number(max(line.figures))}" if len(line.values) > 1 else "",
        f"{line.target}" if line.target else "",
        verdict(line),
    )


def figure(line: Line) -> str:
    return number(line.figure) if line.of else f"{number(line.figure)} {line.unit}"


def verdict(line: Line) -> str:
    if line.target is None:
        return ""
    return "missed" if line.is_missed else "✓"


def number(value: float) -> str:
    """Two or three digits that count, but all of a whole number."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = next((digits for digits, least in ((1, 10.0), (2, 0.1)) if abs(value) >= least), 3)
    return f"{value:.{digits}f}" if value else "0"


def _show_histogram(console: Console, line: Line) -> None:
    console.print(f"{line.name}:")
    most = sum(line.histogram.values()) or 1
    for name, count in line.histogram.items():
        console.print(f"  {name:>18} {count:6} {'█' * round(_BAR * count / most)}")
