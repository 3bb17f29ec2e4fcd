"""`kinoteka db`."""

import typer

from kinoteka import migrations
from kinoteka.catalogue.weights import refresh_weights
from kinoteka.cli import ratings
from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, run, say
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The database: its schema, its constants and its totals.")
app.command("check-ratings")(ratings.check)


@app.command()
def upgrade() -> None:
    """Bring the schema to this program's revision. Every other command does so too."""
    say(f"The schema is at revision {run(_upgrade(load_settings()))}.")


@app.command("refresh-weights")
def refresh() -> None:
    """Take the constants of the weighted rating from the catalogue as it stands; to be run every night."""
    changed = run(_refresh(load_settings()))
    say("The constants changed; the index is built anew." if changed else "The constants are as they were.")


async def _upgrade(settings: Settings) -> str | None:
    async with connect(settings) as database:
        return (await migrations.revisions(database))[0]


async def _refresh(settings: Settings) -> bool:
    async with connect(settings) as database, database.transaction() as connection:
        return await refresh_weights(connection)
