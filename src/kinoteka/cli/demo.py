"""`kinoteka demo`."""

import typer

from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, run, say
from kinoteka.importers.report import Report
from kinoteka.ops import demo_catalogue
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The demo catalogue.")


@app.command()
def load() -> None:
    """Add the demo catalogue's films, or bring them back to what they were."""
    report = run(_load(load_settings()))
    say(f"{report.new} films new, {report.changed} changed, {report.unchanged} as they were.")


async def _load(settings: Settings) -> Report:
    async with connect(settings) as database:
        return await demo_catalogue.load(database)
