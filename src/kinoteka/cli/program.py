"""All commands, and what becomes of their errors."""

import gc
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated, NoReturn

import typer

from kinoteka import __version__
from kinoteka.cli.terminal import fail, load_settings
from kinoteka.errors import KinotekaError

COMMANDS = {
    "serve": "serve",
    "doctor": "doctor",
    "import": "catalogue_import",
    "export": "catalogue_export",
    "index": "index",
    "db": "database",
    "backup": "backup",
    "demo": "demo",
    "users": "users",
    "roles": "roles",
    "keys": "keys",
}
"""And the module of each, in the order in which help shows them."""


def main() -> None:
    """A person's mistake is one sentence and status 1; Ctrl-C is silent and 130; with --debug, stacks are shown."""
    gc.disable()  # modules are no garbage: looking for some takes an eighth of the time that they need
    app = make_app(_asked(sys.argv[1:]))
    collect_seldom()
    try:
        app(prog_name="kinoteka")
    except KinotekaError as error:
        if _debug():
            raise
        fail(error.detail)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if _debug():
            raise
        _fail_unforeseen(error)


def _asked(words: Sequence[str]) -> Iterable[str]:
    """The one command that is named; all of them where the answer is help, or that there is no such command."""
    first = next((word for word in words if not word.startswith("-")), None)
    return [first] if first in COMMANDS else COMMANDS


def make_app(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """Each command brings what it works with, so only those that are asked for are imported: half of all that
    `kinoteka users list` would take otherwise."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Kinoteka: a film catalogue with search that forgives, behind a REST API.",
    )
    app.callback()(set_options)
    for name in names:
        module = import_module(f"kinoteka.cli.{COMMANDS[name]}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(getattr(module, name))
    return app


def collect_seldom() -> None:
    """What is imported stays, so nobody looks through it again; and most of what work makes is gone without a search
    for cycles. Making documents for the index takes an eighth less time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kinoteka {__version__}")
        raise typer.Exit


def set_options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the stack of every error.")] = False,
) -> None:
    if debug:
        os.environ["KINOTEKA_DEBUG"] = "1"


def _debug() -> bool:
    return os.environ.get("KINOTEKA_DEBUG") == "1"


def _fail_unforeseen(error: Exception) -> NoReturn:
    log = _error_log()
    try:
        with log.open("a") as file:
            file.write(f"{datetime.now(UTC).isoformat()} kinoteka {__version__}: {' '.join(sys.argv[1:])}\n")
            traceback.print_exception(error, file=file)
        place = f"in {log}"
    except OSError:  # a file system that is only read
        traceback.print_exception(error)
        place = "above"
    words = " ".join(str(error).split())[:300]
    fail(f"Something unforeseen happened ({type(error).__name__}: {words}); the stack is {place}.")


def _error_log() -> Path:
    """In the data folder where there is one."""
    data = load_settings().data
    folder = data if os.access(data, os.W_OK) else Path(gettempdir())
    return folder.absolute() / f"kinoteka-errors-{os.geteuid()}.log"
