"""What came of it, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from benchmarks.agreement import Agreement, count_wrong, show_agreement
from benchmarks.machine import Machine
from benchmarks.soak.calls import Fault, Records
from benchmarks.soak.memory import Growth
from benchmarks.soak.outages import Outage
from benchmarks.table import describe_machine

_SHOWN = 40
"""Faults on the terminal; JSON has all."""


class Asked(Struct, frozen=True):
    """Of one kind of request: how many were answered and how fast (ms), and what was excused by what was down."""

    name: str
    answers: int
    p50: float
    p99: float
    slowest: float
    excused: dict[str, int]


class Down(Struct, frozen=True):
    """Seconds since the beginning."""

    what: str
    began: float
    ended: float


class Report(Struct, frozen=True):
    machine: Machine
    seed: int
    seconds: float
    films: int
    asked: list[Asked]
    down: list[Down]
    memory: list[Growth]
    agreement: Agreement
    acknowledged: int
    doubted: int
    looked_at: int
    faults: list[Fault]

    @property
    def is_good(self) -> bool:
        return not self.faults and not count_wrong(self.agreement)


def summarize(records: Records) -> list[Asked]:
    return [_summary(name, records) for name in sorted(records.times.keys() | records.excused.keys())]


def _summary(name: str, records: Records) -> Asked:
    times = sorted(1000 * one for one in records.times[name]) or [0.0]
    at = [times[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.99, 1)]
    return Asked(name, len(records.times[name]), *(round(value, 1) for value in at), dict(records.excused[name]))


def list_outages(past: list[Outage], began: float) -> list[Down]:
    return [Down(str(outage), round(outage.began - began, 1), round(outage.ended - began, 1)) for outage in past]


def show(report: Report, console: Console) -> None:
    title = f"Soak, {report.seconds / 60:.1f} minutes, seed {report.seed}, {report.films:,} films"
    show_asked(report.asked, title, report.machine, console)
    _show_down(report, console)
    _show_memory(report, console)
    show_agreement(console, "Index and database", report.agreement)
    console.print(
        f"{report.acknowledged} writes were acknowledged, {report.doubted} had no certain answer; "
        f"{report.looked_at} facts were looked at in the end."
    )
    show_faults(report.faults, console)
    console.print("Nothing is lost, nothing wrong." if report.is_good else "[red]This is not as it must be.[/red]")


def show_faults(faults: Sequence[Fault], console: Console) -> None:
    for fault in faults[:_SHOWN]:
        console.print(f"[red]{fault.at:7.1f} s[/red] {fault.request}: {fault.what}; down: {fault.down}", soft_wrap=True)
    console.print(f"{len(faults)} faults.")


def show_asked(asked: Sequence[Asked], title: str, machine: Machine, console: Console) -> None:
    table = Table(title=title, caption=describe_machine(machine))
    for heading in ("asked", "answers", "p50 ms", "p99 ms", "slowest ms", "excused"):
        table.add_column(heading, justify="left" if heading in ("asked", "excused") else "right")
    for one in asked:
        excused = ", ".join(f"{count} {what}" for what, count in one.excused.items())
        table.add_row(one.name, f"{one.answers:,}", f"{one.p50:.0f}", f"{one.p99:.0f}", f"{one.slowest:.0f}", excused)
    console.print(table)


def _show_down(report: Report, console: Console) -> None:
    table = Table("disturbed", "times", "seconds in all")
    for what, times in Counter(down.what for down in report.down).items():
        seconds = sum(down.ended - down.began for down in report.down if down.what == what)
        table.add_row(what, str(times), f"{seconds:.0f}")
    console.print(table)


def _show_memory(report: Report, console: Console) -> None:
    table = Table("process", "lived s", "MB then", "MB in the end", "most", "MB a minute", "")
    for one in sorted(report.memory, key=lambda growth: -growth.seconds):
        said = "grows" if one.is_too_much else "flat" if one.is_judged else "too young to judge"
        cells = (one.seconds, one.first, one.last, one.most)
        table.add_row(one.name, *(f"{cell:.0f}" for cell in cells), f"{one.slope:+.2f}", said)
    console.print(table)


def keep(report: Report, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json"
    encoded: Any = msgspec.json.encode(report)
    path.write_bytes(msgspec.json.format(encoded))
    return path
