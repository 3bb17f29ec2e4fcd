"""`kinoteka import`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from kinoteka.cli.connection import connect
from kinoteka.cli.import_report import show_report
from kinoteka.cli.own_import import import_ratings
from kinoteka.cli.terminal import Steps, load_settings, progress_bar, run
from kinoteka.database import Database
from kinoteka.importers import service
from kinoteka.importers.options import ImdbOptions, ImportOptions, Progress
from kinoteka.importers.report import Report
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Bring films in. Run again, an import changes only what differs.")
app.command("ratings")(import_ratings)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything but keep nothing.")]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Write every refused or mended row here, as JSON.")]
Import = Callable[[Database, Progress], Awaitable[Report]]


@app.command()
def imdb(
    folder: Annotated[Path, typer.Argument(help="Folder of title.basics.tsv[.gz] and its companions.")],
    types: Annotated[list[str] | None, typer.Option("--type", help="titleType to take; repeatable. [movie]")] = None,
    minimum_votes: Annotated[int, typer.Option(help="Leave out titles with fewer votes.")] = 0,
    year_from: Annotated[int | None, typer.Option(help="Leave out older titles.")] = None,
    year_to: Annotated[int | None, typer.Option(help="Leave out newer titles.")] = None,
    adult: Annotated[bool, typer.Option("--adult", help="Take titles marked as adult, too.")] = False,
    descriptions: Annotated[
        Path | None, typer.Option(help="JSON Lines with tconst and description, plain or gzipped.")
    ] = None,
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Import IMDb's public TSV files."""
    options = ImdbOptions(
        types=frozenset(types or ["movie"]),
        minimum_votes=minimum_votes,
        year_from=year_from,
        year_to=year_to,
        adult=adult,
        descriptions=descriptions,
        dry_run=dry_run,
        report=report,
    )
    _run_import(lambda database, progress: service.import_imdb(database, folder, options, progress))


@app.command()
def csv(
    file: Annotated[Path, typer.Argument(help="Kinoteka's CSV, plain or gzipped; - reads standard input.")],
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Import films from a CSV file."""
    options = ImportOptions(dry_run=dry_run, report=report)
    _run_import(lambda database, progress: service.import_csv(database, file, options, progress))


@app.command()
def jsonl(
    file: Annotated[Path, typer.Argument(help="One film a line, plain or gzipped; - reads standard input.")],
    dry_run: DryRun = False,
    report: ReportFile = None,
) -> None:
    """Import films from a JSON Lines file."""
    options = ImportOptions(dry_run=dry_run, report=report)
    _run_import(lambda database, progress: service.import_jsonl(database, file, options, progress))


def _run_import(work: Import) -> None:
    settings = load_settings()
    with progress_bar() as bar:
        report = run(_import(settings, work, Steps(bar)))
    show_report(report)


async def _import(settings: Settings, work: Import, progress: Progress) -> Report:
    async with connect(settings) as database:
        return await work(database, progress)
