"""`kinoteka demo`."""

from pathlib import Path
from typing import Annotated

import typer

from kinoteka.cli.connection import connect
from kinoteka.cli.import_report import show_report
from kinoteka.cli.terminal import Steps, load_settings, progress_bar, run, say
from kinoteka.errors import UsageError
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Report
from kinoteka.ops import demo_catalogue
from kinoteka.ops.generator import service as generator
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The demo catalogue, and generated ones of any size.")


@app.command()
def load() -> None:
    """Add the demo catalogue's films, or bring them back to what they were."""
    report = run(_load(load_settings()))
    say(f"{report.new} films new, {report.changed} changed, {report.unchanged} as they were.")


@app.command()
def generate(
    films: Annotated[int, typer.Option(min=1, max=generator.MOST_FILMS, help="How many films.")],
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes another catalogue.")] = 1,
    folder: Annotated[Path | None, typer.Option(help="Write IMDb-shaped .tsv.gz files here instead.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Even if the database holds films.")] = False,
) -> None:
    """Make up a catalogue with the skews of real ones, in the database or as files.

    The same number and seed make the same films everywhere.
    """
    if folder is not None and add:
        raise UsageError("--add is about the database: it does not go with --folder.")
    with progress_bar() as bar:
        if folder is not None:
            generator.write_folder(folder, films, seed, Steps(bar))
            say(f"{films:,} films written to {folder}.")
            return
        report = run(_generate(load_settings(), films, seed, add, Steps(bar)))
    show_report(report)


async def _generate(settings: Settings, films: int, seed: int, add: bool, progress: Progress) -> Report:
    async with connect(settings) as database:
        return await generator.generate_into(database, films, seed, add=add, progress=progress)


async def _load(settings: Settings) -> Report:
    async with connect(settings) as database:
        return await demo_catalogue.load(database)
