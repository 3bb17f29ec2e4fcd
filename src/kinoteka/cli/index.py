"""`kinoteka index`."""

import typer
from rich.table import Table

from kinoteka.cli.connection import connect, connect_services
from kinoteka.cli.terminal import load_settings, output, progress_bar, run, say
from kinoteka.indexer import service
from kinoteka.indexer.build import Progress
from kinoteka.indexer.status import FeedStatus
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The search index: a copy of the catalogue that can be made anew.")


@app.command()
def rebuild() -> None:
    """Build the index anew beside the one in use, and put it in its place."""
    with progress_bar() as bar:
        task = bar.add_task("Index", total=None)
        run(_rebuild(load_settings(), lambda done, total: bar.update(task, completed=done, total=total)))
    say("The index is new.")


@app.command()
def reconcile() -> None:
    """Compare the index with the database, document by document, and repair what differs."""
    say(f"{run(_reconcile(load_settings()))} documents differed and are written again.")


@app.command()
def status() -> None:
    """Show how the index stands."""
    output.print(_make_table(run(_status(load_settings()))))


async def _rebuild(settings: Settings, progress: Progress) -> None:
    async with connect_services(settings) as services:
        await service.rebuild(services.database, services.engine, services.tokens, progress)


async def _reconcile(settings: Settings) -> int:
    async with connect_services(settings) as services:
        return await service.reconcile(services.database, services.engine, services.tokens)


async def _status(settings: Settings) -> FeedStatus:
    async with connect(settings) as database:
        return await service.get_status(database)


def _make_table(status: FeedStatus) -> Table:
    table = Table(show_header=False)
    build = f"{status.build.done} of {status.build.total}" if status.build else "none"
    for name, value in (
        ("index", status.index_name or "none yet"),
        ("kept in step by a process", "yes" if status.consumer else "no"),
        ("oldest change that waits", f"{status.age:.1f} s"),
        ("changes that wait", f"{status.depth[0]} direct, {status.depth[1]} slow"),
        ("full build needed", status.rebuild_reason or "no"),
        ("full build under way", build),
        ("documents refused", str(status.dead_letters)),
        ("last compared", status.reconciled_at.isoformat(" ", "seconds") if status.reconciled_at else "never"),
    ):
        table.add_row(name, value)
    return table
