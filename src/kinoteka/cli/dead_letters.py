"""`kinoteka index dead-letters`."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from kinoteka.cli.connection import connect
from kinoteka.cli.index_tables import make_letters
from kinoteka.cli.terminal import load_settings, output, run, say
from kinoteka.errors import UsageError
from kinoteka.indexer import service
from kinoteka.indexer.dead_letters import DeadLetter
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Documents that could not be made or that the engine refused.")

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="ID", help="Documents by id; repeatable.")]
All = Annotated[bool, typer.Option("--all", help="All of them.")]


@app.command("list")
def list_letters(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Show at most so many, the oldest.")] = 100,
) -> None:
    """Show them, each with its reason."""
    letters = run(_list(load_settings(), limit))
    if letters:
        output.print(make_letters(letters))
    else:
        say("No document is refused.")


@app.command()
def retry(ids: Ids = None, every: All = False) -> None:
    """Have them written again now; it happens by itself too, ever more rarely."""
    say(f"{_documents(run(_retry(load_settings(), _chosen(ids, every))))} tried again.")


@app.command()
def drop(ids: Ids = None, every: All = False) -> None:
    """Forget them: the index keeps what it has until the document changes again."""
    say(f"{_documents(run(_drop(load_settings(), _chosen(ids, every))))} forgotten.")


def _documents(number: int) -> str:
    return "1 document is" if number == 1 else f"{number} documents are"


def _chosen(ids: Sequence[UUID] | None, every: bool) -> Sequence[UUID] | None:
    """None for all. Raises UsageError."""
    if every == bool(ids):
        raise UsageError("Say which documents: their ids, or --all.")
    return ids or None


async def _list(settings: Settings, limit: int) -> list[DeadLetter]:
    async with connect(settings) as database:
        return await service.list_dead_letters(database, limit)


async def _retry(settings: Settings, ids: Sequence[UUID] | None) -> int:
    async with connect(settings) as database:
        return await service.retry_dead_letters(database, ids)


async def _drop(settings: Settings, ids: Sequence[UUID] | None) -> int:
    async with connect(settings) as database:
        return await service.drop_dead_letters(database, ids)
