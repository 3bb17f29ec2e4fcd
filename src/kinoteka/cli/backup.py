"""`kinoteka backup`."""

from typing import Annotated

import typer

from kinoteka.bootstrap import open_copies, open_objects
from kinoteka.cli.backup_report import Steps, show_backups
from kinoteka.cli.connection import connect_unchanged
from kinoteka.cli.terminal import load_settings, progress_bar, run, say
from kinoteka.cli.whole import connect_alone
from kinoteka.errors import UsageError
from kinoteka.ops import demo_catalogue
from kinoteka.ops.backup import create as creating
from kinoteka.ops.backup import prune as pruning
from kinoteka.ops.backup import shelf
from kinoteka.ops.backup import verify as verifying
from kinoteka.ops.backup.create import Progress, Sources
from kinoteka.ops.backup.manifest import Manifest
from kinoteka.ops.backup.shelf import Shelved
from kinoteka.ops.restore import service as restoring
from kinoteka.ops.restore.emptiness import HoldsDataError
from kinoteka.ops.restore.service import Stores
from kinoteka.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Backups of the database, the index and photos, in a folder or on S3.")

Name = Annotated[str | None, typer.Argument(help="The backup's name; the newest good one if there is none.")]


@app.command()
def create() -> None:
    """Make a backup, while everything runs or while nothing does."""
    settings = load_settings()
    with progress_bar() as bar:
        manifest = run(_create(settings, Steps(bar)))
    index = "" if manifest.index else f" without the index ({manifest.index_reason or 'there is none yet'})"
    say(f"Backup {manifest.name}{index}: {manifest.size:,} bytes in {open_objects(settings).place}.")


@app.command("list")
def list_() -> None:
    """Show the backups there are, and what is wrong with those that are not good."""
    show_backups(run(_list(load_settings())))


@app.command()
def verify(name: Name = None) -> None:
    """Read a backup to the last byte, restore it into a database that is thrown away, and compare the two."""
    with progress_bar() as bar:
        manifest = run(_verify(load_settings(), name, Steps(bar)))
    rows = sum(facts.rows for facts in manifest.tables.values())
    say(f"Backup {manifest.name} is sound: {rows:,} rows in {len(manifest.tables)} tables are as they were.")


@app.command()
def restore(
    name: Name = None,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Be content when there is data, or no backup.")] = False,
) -> None:
    """Bring a backup back into an empty database and an empty index; where there is data, nothing is touched."""
    with progress_bar() as bar:
        said = run(_restore(load_settings(), name, if_empty, Steps(bar)))
    say(said)


@app.command()
def prune(
    keep: Annotated[int | None, typer.Option(min=1, help="How many of the newest good ones stay.")] = None,
    days: Annotated[float | None, typer.Option(min=0, help="Those younger than so many days stay.")] = None,
) -> None:
    """Remove old backups, and rubbish a day old. The last good one always stays."""
    pruned = run(_prune(load_settings(), keep, days))
    say(f"{len(pruned.removed)} removed, {len(pruned.kept)} kept.")


async def _create(settings: Settings, progress: Progress) -> Manifest:
    async with connect_unchanged(settings) as database, open_copies(settings) as copies:
        return await creating.create_backup(Sources(database, copies, open_objects(settings)), progress)


async def _list(settings: Settings) -> list[Shelved]:
    return [one async for one in shelf.walk(open_objects(settings))]


async def _verify(settings: Settings, name: str | None, progress: Progress) -> Manifest:
    objects = open_objects(settings)
    manifest = await (shelf.get_good(objects, name) if name else shelf.find_newest(objects))
    if manifest is None:
        raise UsageError(f"There is no good backup in {objects.place}.")
    await verifying.verify(objects, manifest, progress)
    return manifest


async def _restore(settings: Settings, name: str | None, if_empty: bool, progress: Progress) -> str:
    async with connect_alone(settings) as services, open_copies(settings) as copies:
        stores = Stores(services.database, services.engine, copies, services.tokens, services.objects)
        async with restoring.sole_restorer(stores.database):
            try:
                restored = await restoring.restore(stores, name, progress)
            except HoldsDataError as error:
                if not if_empty:
                    raise
                built = await restoring.rebuild_if_missing(stores, progress)
                return error.detail + (" The index was missing and is built anew." if built else "")
            if restored is None:
                return await _begin_without_backup(stores, settings, if_empty)
    manifest = restored.manifest
    return f"Backup {manifest.name} is restored; {restored.photos} photos were missing. Index {restored.index}."


async def _begin_without_backup(stores: Stores, settings: Settings, if_empty: bool) -> str:
    said = f"There is no backup in {stores.objects.place}"
    if not if_empty:
        raise UsageError(f"{said}.")
    if not settings.demo:
        return f"{said}: the catalogue is empty."
    await restoring.prepare_empty(stores)
    report = await demo_catalogue.load(stores.database)
    return f"{said}: the demo catalogue is loaded, {report.new} films."


async def _prune(settings: Settings, keep: int | None, days: float | None) -> pruning.Pruned:
    async with connect_unchanged(settings) as database, open_copies(settings) as copies:
        return await pruning.prune(Sources(database, copies, open_objects(settings)), keep, days)
