"""Is a backup what it says? Read byte by byte, then restored into a PostgreSQL that is thrown away, and compared."""

from pathlib import Path
from tempfile import TemporaryDirectory

from kinoteka import embedded
from kinoteka.database import open_database
from kinoteka.objects import Objects
from kinoteka.ops.backup import photos, shelf
from kinoteka.ops.backup.create import Progress, quiet
from kinoteka.ops.backup.manifest import BadBackupError, Manifest, TableFacts
from kinoteka.ops.backup.tables import get_facts
from kinoteka.ops.restore.database import restore_database


async def verify(objects: Objects, manifest: Manifest, progress: Progress = quiet) -> None:
    """Raises BadBackupError."""
    progress("Files", 0, None)
    await shelf.check_contents(objects, manifest)
    progress("Photos", 0, None)
    await photos.check(objects, manifest)
    with TemporaryDirectory(prefix="kinoteka-verify-") as folder, embedded.hold(Path(folder)) as lease:
        async with embedded.postgres(lease) as url:
            await _restore_and_compare(objects, manifest, url, progress)


async def _restore_and_compare(objects: Objects, manifest: Manifest, url: str, progress: Progress) -> None:
    database = open_database(url, 2)
    try:
        await restore_database(database, objects, manifest, progress)
        connection = await database.connect()
        try:
            async with connection.transaction():
                for number, (table, facts) in enumerate(manifest.tables.items()):
                    progress("Tables", number, len(manifest.tables))
                    _compare(manifest.name, table, facts, await get_facts(connection, table))
        finally:
            await connection.close()
    finally:
        await database.close()


def _compare(name: str, table: str, noted: TableFacts, found: TableFacts) -> None:
    if found.rows != noted.rows:
        raise BadBackupError(name, f"table {table} has {found.rows:,} rows instead of {noted.rows:,} once restored")
    if found.checksum != noted.checksum:
        raise BadBackupError(name, f"table {table} holds other values than when it was backed up")
