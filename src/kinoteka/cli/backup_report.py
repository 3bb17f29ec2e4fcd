"""Backups, and how far one has come, for people."""

from typing import Any

from rich.markup import escape
from rich.progress import Progress as Bar
from rich.table import Table

from kinoteka.cli.terminal import output, say
from kinoteka.ops.backup.manifest import Manifest
from kinoteka.ops.backup.shelf import Shelved

_UNITS = ("bytes", "kB", "MB", "GB")


class Steps:
    """A bar for each thing that is done."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bar.add_task(what, total=None)
        said = f"{what} {size(done)}" if what == "Database" else f"{what} {done:,}"
        self._bar.update(self._tasks[what], description=said if done else what, completed=done, total=total)


def show_backups(backups: list[Shelved]) -> None:
    if not backups:
        say("There are no backups.")
        return
    table = Table("", "backup", "films", "size", "index", "what is wrong")
    for backup in backups:
        mark = "[green]✓[/green]" if backup.is_good else "[red]✗[/red]"
        reason = escape(backup.fault.reason) if backup.fault else ""
        table.add_row(mark, backup.name, *_describe(backup.manifest), reason)
    output.print(table)


def _describe(manifest: Manifest | None) -> tuple[str, str, str]:
    if manifest is None:
        return "", "", ""
    films = manifest.tables.get("film")
    return f"{films.rows:,}" if films else "", size(manifest.size), manifest.index.engine if manifest.index else "none"


def size(number: int) -> str:
    amount = float(number)
    for unit in _UNITS[:-1]:
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} {_UNITS[-1]}"
