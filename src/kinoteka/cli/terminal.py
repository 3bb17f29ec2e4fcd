"""What every command shares: settings, running async code, one sentence for an error."""

import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

import uvloop
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from kinoteka.errors import UsageError
from kinoteka.settings import Settings

T = TypeVar("T")

output = Console(highlight=False)
messages = Console(stderr=True, highlight=False, soft_wrap=True)


def load_settings(**given: Any) -> Settings:
    """`given`: what the command line says, None where it says nothing. Raises UsageError that names every fault."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        faults = [f"{_name(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}" for fault in error.errors()]
        raise UsageError("Settings are wrong. " + "; ".join(faults) + ".") from None
    except OSError as error:
        raise UsageError(f"A file of KINOTEKA_SECRETS cannot be read: {error.filename} ({error.strerror}).") from None


def _name(place: tuple[int | str, ...]) -> str:
    return f"KINOTEKA_{'_'.join(map(str, place)).upper()}"


def run(work: Coroutine[Any, Any, T]) -> T:
    return uvloop.run(work)


def say(sentence: str) -> None:
    """In one line, however wide the terminal."""
    output.print(sentence, soft_wrap=True, markup=False)


def fail(sentence: str, status: int = 1) -> NoReturn:
    with suppress(OSError):
        messages.print(f"[red]{escape(sentence)}[/red]")
    sys.exit(status)


def progress_bar() -> Progress:
    """On standard error; nothing when that is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=messages,
        disable=not messages.is_terminal,
        transient=True,
    )


class Steps:
    """A bar for each file that is read."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, Any] = {}

    def __call__(self, file: str, done: int, total: int, rows: int) -> None:
        if file not in self._tasks:
            self._tasks[file] = self._bar.add_task(file, total=None)
        self._bar.update(self._tasks[file], description=f"{file} {rows:,}", completed=done, total=total or None)
