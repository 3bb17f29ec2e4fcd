"""`kinoteka import ratings`: what users do at /me/imports, for whoever runs the site."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts import users
from kinoteka.accounts.phones import normalize_phone
from kinoteka.bootstrap import open_cache
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.cli.connection import connect
from kinoteka.cli.terminal import load_settings, output, progress_bar, run, say
from kinoteka.errors import UsageError
from kinoteka.me.imports import jobs, worker
from kinoteka.me.imports.entries import read_title
from kinoteka.me.imports.jobs import NewImport, OwnImport
from kinoteka.me.imports.reading import SourceName, count_entries
from kinoteka.settings import Settings

_LOOK = 0.2
_UNFINISHED = ("waiting", "running")


def import_ratings(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="As the other site gave it.")],
    source: Annotated[SourceName, typer.Option(help="Whose file it is.")],
    user: Annotated[str, typer.Option(help="Whose ratings they are: a phone number or an id.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, and do nothing.")] = False,
) -> None:
    """Import somebody's ratings and lists; they find the report, and can take it back, at /me/imports."""
    settings = load_settings()
    if file.stat().st_size > settings.import_bytes:
        raise UsageError(f"The file has more than {settings.import_bytes:,} bytes: raise KINOTEKA_IMPORT_BYTES.")
    content, name = file.read_bytes(), read_title(file.name) or "file"
    total = count_entries(source, content, name)
    new = NewImport(source=source, file_name=name, dry_run=dry_run, content=content, total=total)
    with progress_bar() as bar:
        task = bar.add_task("Rows", total=total)
        found = run(_import(settings, user, new, lambda done: bar.update(task, completed=done)))
    _show(found)


def _show(found: OwnImport) -> None:
    table = Table("rows", "number")
    for outcome, number in found.counts.items():
        table.add_row(outcome, f"{number:,}")
    output.print(table)
    if found.state == "failed":
        raise UsageError(found.reason or "The import failed.")
    say(f"Import {found.id}: {found.done:,} rows{', nothing was changed' if found.dry_run else ''}.")


async def _import(settings: Settings, user: str, new: NewImport, told: Callable[[int], None]) -> OwnImport:
    async with connect(settings) as database, open_cache(settings) as (tokens, _):
        editor = Editor(database, tokens)
        async with database.transaction() as connection:
            account = await _find(connection, user, settings)
            import_id = await jobs.create(connection, account, new)
        doing = asyncio.create_task(worker.do_next(editor, asyncio.Event(), import_id))
        while True:
            await asyncio.wait([doing], timeout=_LOOK)
            async with database.transaction() as connection:
                found = await jobs.get_import(connection, account, import_id)
            told(found.done)
            if found.state not in _UNFINISHED:
                return found
            if doing.done():
                doing.result()
                await asyncio.sleep(_LOOK)  # a process that serves was quicker and does it


async def _find(connection: AsyncConnection, user: str, settings: Settings) -> UUID:
    try:
        return (await users.get_user(connection, UUID(user))).id
    except ValueError:
        pass
    try:
        phone = normalize_phone(user, settings.default_region)
    except ValueError as error:
        raise UsageError(f"{user}: {error}.") from None
    row = await users.find_by_phone(connection, phone)
    if row is None:
        raise UsageError("Nobody has this phone number; kinoteka users list shows who there is.")
    found: UUID = row.id
    return found
