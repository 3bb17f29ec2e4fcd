"""Generated catalogues, as a folder of IMDb-shaped files or in the database."""

import asyncio
import gzip
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from kinoteka.catalogue.weights import refresh_weights
from kinoteka.database import Database
from kinoteka.errors import ConflictError, UsageError
from kinoteka.importers.options import Progress, no_progress
from kinoteka.importers.report import Report
from kinoteka.importers.service import import_imdb
from kinoteka.ops.demo_catalogue import is_empty
from kinoteka.ops.generator.films import make_film
from kinoteka.ops.generator.tables import HEADERS, TABLES

MOST_FILMS = 100_000_000
_BATCH = 500  # films held in memory


def write_folder(folder: Path, films: int, seed: int, progress: Progress = no_progress) -> None:
    """All six files or none. Raises UsageError when one of them is there or the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if taken := [path.name for name in HEADERS for path in sorted(folder.glob(f"{name}.tsv*"))]:
            raise UsageError(f"{folder} holds {', '.join(taken)} already; name another folder.")
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            _write(Path(unfinished), films, seed, progress)
            for path in Path(unfinished).iterdir():
                path.rename(folder / path.name)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}.") from error


async def generate_into(
    database: Database, films: int, seed: int, *, add: bool = False, progress: Progress = no_progress
) -> Report:
    """By way of temporary files and the import, so that both ways give one catalogue.

    Raises ConflictError when the database holds films, unless `add`.
    """
    if not add and not await is_empty(database):
        raise ConflictError("The database holds films already; say --add to put the generated ones beside them.")
    folder, stop = Path(tempfile.mkdtemp(prefix="kinoteka-")), Event()
    try:
        await asyncio.to_thread(write_folder, folder, films, seed, _until(stop, progress))
        report = await import_imdb(database, folder, progress=progress)
    finally:
        stop.set()
        shutil.rmtree(folder, ignore_errors=True)
    async with database.transaction() as connection:
        await refresh_weights(connection)
    return report


def _until(stop: Event, progress: Progress) -> Progress:
    """A thread cannot be cancelled, and the program would wait for it after Ctrl-C."""

    def proceed(file: str, done: int, total: int, rows: int) -> None:
        if stop.is_set():
            raise InterruptedError
        progress(file, done, total, rows)

    return proceed


def _write(folder: Path, films: int, seed: int, progress: Progress) -> None:
    with ExitStack() as stack:
        files = {name: _open(stack, folder / f"{name}.tsv.gz") for name in HEADERS}
        for name, header in HEADERS.items():
            files[name].write(header.replace(" ", "\t").encode() + b"\n")
        for first in range(0, films, _BATCH):
            last = min(first + _BATCH, films)
            batch = [make_film(seed, number) for number in range(first, last)]
            for name, line in TABLES.items():
                files[name].write("".join([line(seed, film) for film in batch]).encode())
            progress("generated", last, films, last)


def _open(stack: ExitStack, path: Path) -> gzip.GzipFile:
    """With neither name nor time in its header: the same catalogue is the same bytes."""
    raw = stack.enter_context(path.open("wb"))
    return stack.enter_context(gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0))
