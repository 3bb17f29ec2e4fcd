"""An import that dies leaves the catalogue as it was, and the next one goes on."""

import asyncio
import sys
from pathlib import Path

import pytest
from catalogue_reading import dump
from imdb_files import SMALL, write_folder

from kinoteka.database import Database
from kinoteka.errors import ConflictError
from kinoteka.importers.options import MERGE
from kinoteka.importers.service import import_imdb

# Kills itself when the import reports the given file, or the given step of the merge.
PROGRAM = """
import asyncio, os, signal, sys
from pathlib import Path
from kinoteka.database import open_database
from kinoteka.importers.service import import_imdb

url, folder, at, step = sys.argv[1:]

def progress(file, done, total, rows):
    if file == at and (at != "catalogue" or done == int(step)):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(import_imdb(open_database(url, 2), Path(folder), progress=progress))
"""


@pytest.mark.parametrize(("at", "step"), [("name.basics.tsv", 0), (MERGE, 5), (MERGE, 26), (MERGE, 30), (MERGE, 33)])
async def test_killed_in_the_middle(database: Database, database_url: str, tmp_path: Path, at: str, step: int) -> None:
    folder = write_folder(tmp_path, SMALL)
    before = await dump(database)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, database_url, str(folder), at, str(step)
    )
    assert await process.wait() == -9
    assert await dump(database) == before
    assert (await import_imdb(database, folder)).new == 3


async def test_two_imports_at_once_wait_for_each_other(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, SMALL)
    reports = await asyncio.gather(import_imdb(database, folder), import_imdb(database, folder))
    assert sorted((report.new, report.unchanged) for report in reports) == [(0, 3), (3, 0)]


async def test_an_import_that_fails_in_the_middle_rolls_back(database: Database, tmp_path: Path) -> None:
    before = await dump(database)

    def progress(file: str, done: int, _total: int, _rows: int) -> None:
        if file == MERGE and done > 30:
            raise ConflictError("stop")

    with pytest.raises(ConflictError):
        await import_imdb(database, write_folder(tmp_path, SMALL), progress=progress)
    assert await dump(database) == before
