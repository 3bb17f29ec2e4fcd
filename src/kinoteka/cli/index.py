"""`kinoteka index`."""

import sys
from typing import Annotated

import typer

from kinoteka.cli import dead_letters, index_tables, indexing
from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, output, progress_bar, run, say
from kinoteka.cli.whole import connect_services
from kinoteka.indexer import service
from kinoteka.indexer.consumers import ConsumerStatus
from kinoteka.indexer.progress import Progress
from kinoteka.indexer.status import FeedStatus
from kinoteka.settings import Settings
from kinoteka.web import logging

app = typer.Typer(no_args_is_help=True, help="The search index: a copy of the catalogue that can be made anew.")
app.add_typer(dead_letters.app, name="dead-letters")


@app.command("run")
def run_indexer(
    consumers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Consumers in this process, instead of KINOTEKA_CONSUMERS.")
    ] = None,
    supervised: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Keep the index in step with the database, in a process of its own; any number of them, on any hosts."""
    settings = load_settings(consumers=consumers)
    logging.configure(settings)
    sys.exit(run(indexing.keep_index(settings, supervised)))


@app.command()
def rebuild() -> None:
    """Build the index anew beside the one in use, and put it in its place; goes on where an earlier one was cut off."""
    with progress_bar() as bar:
        task = bar.add_task("Index", total=None)
        run(_rebuild(load_settings(), lambda done, total: bar.update(task, completed=done, total=total)))
    say("The index is new.")


@app.command()
def rollback() -> None:
    """Go back to the index before the last rebuild, which is kept for a quarter of an hour."""
    say(f"The index {run(_roll_back(load_settings()))} is in use again.")


@app.command()
def reconcile() -> None:
    """Compare the index with the database, document by document, and repair what differs."""
    say(f"{run(_reconcile(load_settings()))} documents differed and are written again.")


@app.command()
def status() -> None:
    """Show how the index stands, and who keeps it."""
    feed, processes = run(_status(load_settings()))
    output.print(index_tables.make_status(feed))
    if processes:
        output.print(index_tables.make_processes(processes))


async def _rebuild(settings: Settings, progress: Progress) -> None:
    async with connect_services(settings) as services:
        await service.rebuild(services.database, services.engine, services.tokens, progress)


async def _roll_back(settings: Settings) -> str:
    async with connect_services(settings) as services:
        return await service.roll_back(services.database, services.engine, services.tokens)


async def _reconcile(settings: Settings) -> int:
    async with connect_services(settings) as services:
        return await service.reconcile(services.database, services.engine, services.tokens)


async def _status(settings: Settings) -> tuple[FeedStatus, list[ConsumerStatus]]:
    async with connect(settings) as database:
        return await service.get_status(database), await service.get_consumers(database)
