"""`python -m benchmarks.importing FOLDER`: importing IMDb's files and exporting them, against COPY of the same columns.

On the embedded PostgreSQL in a temporary folder, or on the server of TEST_POSTGRES_URL. «COPY into the tables» loads
the very rows that the import made into a second database with the same indexes, constraints and triggers; «into bare
tables» does so without any of them, and is the limit of what PostgreSQL can take in.
"""

import argparse
import asyncio
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import asyncpg
from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from kinoteka import embedded
from kinoteka.catalogue.csv_format import COLUMNS
from kinoteka.catalogue.exports import stream_csv, stream_jsonl
from kinoteka.database import Database, open_database
from kinoteka.importers.options import ImdbOptions
from kinoteka.importers.service import import_csv, import_imdb, import_jsonl
from kinoteka.migrations import upgrade

# In the order in which their foreign keys allow them to be filled.
TABLES = (
    *("film", "person", "genre", "film_genre", "credit"),
    *("alternative_title", "film_external_id", "person_external_id"),
)

# What export writes, without its escapes: the same tables joined once for all films.
SAME_COLUMNS = f"""
WITH people AS (
    SELECT c.film_id,
           string_agg(p.name, '|' ORDER BY c.position) FILTER (WHERE role = 'director') AS directors,
           string_agg(p.id::text, '|' ORDER BY c.position) FILTER (WHERE role = 'director') AS director_ids,
           string_agg(p.name, '|' ORDER BY c.position) FILTER (WHERE role = 'writer') AS writers,
           string_agg(p.id::text, '|' ORDER BY c.position) FILTER (WHERE role = 'writer') AS writer_ids,
           string_agg(p.name, '|' ORDER BY c.position) FILTER (WHERE role = 'actor') AS actors,
           string_agg(p.id::text, '|' ORDER BY c.position) FILTER (WHERE role = 'actor') AS actor_ids,
           string_agg(coalesce(c.character, ''), '|' ORDER BY c.position) FILTER (WHERE role = 'actor') AS characters
    FROM credit AS c JOIN person AS p ON p.id = c.person_id GROUP BY c.film_id
), genres AS (
    SELECT film_id, string_agg(g.name, '|' ORDER BY position) AS genres
    FROM film_genre JOIN genre AS g ON g.id = genre_id GROUP BY film_id
), titles AS (
    SELECT film_id, string_agg(language || ':' || title, '|' ORDER BY position) AS alternative_titles
    FROM alternative_title GROUP BY film_id
), external AS (
    SELECT film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb, min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM film_external_id GROUP BY film_id
)
SELECT {", ".join(COLUMNS)} FROM (
    SELECT film.*, prior_rating AS rating, prior_votes AS votes, people.*, genres, alternative_titles, imdb, tmdb
    FROM film LEFT JOIN people ON people.film_id = id LEFT JOIN genres ON genres.film_id = id
              LEFT JOIN titles ON titles.film_id = id LEFT JOIN external ON external.film_id = id) AS film_row
ORDER BY id
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--type", action="append", dest="types", help="titleType to take [movie]")
    parsed = arguments.parse_args()
    asyncio.run(measure(parsed.folder, frozenset(parsed.types or ["movie"])))


async def measure(folder: Path, types: frozenset[str]) -> None:
    descriptions = folder / "descriptions.jsonl.gz"
    options = ImdbOptions(types=types, descriptions=descriptions if descriptions.exists() else None)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_server())
        catalogue, second, third, fourth = [await stack.enter_async_context(_catalogue(server)) for _ in range(4)]
        report = await import_imdb(catalogue, folder, options)
        again = await import_imdb(catalogue, folder, options)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        data, rows = await _unload(catalogue)
        bare, same = await _copy(second, data, bare=True), await _copy(second, data, bare=False)
        copied, csv, jsonl = await _best(
            lambda: _time_copy_out(catalogue),
            lambda: _time_export(stream_csv, catalogue),
            lambda: _time_export(stream_jsonl, catalogue),
        )
        with tempfile.TemporaryDirectory() as temporary:
            loaded_csv = await _time_import_back(catalogue, third, Path(temporary) / "films.csv")
            loaded_jsonl = await _time_import_back(catalogue, fourth, Path(temporary) / "films.jsonl")
    console = Console(width=110)
    table = Table("in", "rows/s", "films/s", "seconds", "× import's time")
    for name, seconds in (
        ("import imdb, first time", report.seconds),
        ("import imdb, again: nothing changes", again.seconds),
        ("import csv, first time", loaded_csv),
        ("import jsonl, first time", loaded_jsonl),
        ("COPY into the tables", same),
        ("COPY into bare tables", bare),
    ):
        ratio = f"{seconds / report.seconds:.2f}"
        table.add_row(name, f"{rows / seconds:,.0f}", f"{report.new / seconds:,.0f}", f"{seconds:.2f}", ratio)
    console.print(table)
    table = Table("out", "films/s", "seconds", "COPY's time / its own")
    for name, seconds in (("COPY (the same columns) TO STDOUT", copied), ("export csv", csv), ("export jsonl", jsonl)):
        table.add_row(name, f"{report.new / seconds:,.0f}", f"{seconds:.2f}", f"{copied / seconds:.2f}")
    console.print(table)
    console.print(f"{rows:,} rows of {report.new:,} films; the importing process took at most {peak:.0f} MB.")


@asynccontextmanager
async def _server() -> AsyncIterator[str]:
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    with tempfile.TemporaryDirectory() as folder, embedded.hold(Path(folder) / "data") as lease:
        async with embedded.postgres(lease) as url:
            yield url


@asynccontextmanager
async def _catalogue(server: str) -> AsyncIterator[Database]:
    name = f"kinoteka_bench_{uuid4().hex[:8]}"
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE template0")
    database = open_database(make_url(server).set(database=name).render_as_string(hide_password=False), 2)
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()
        await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()


async def _unload(database: Database) -> tuple[dict[str, bytes], int]:
    """Each table's rows in COPY's text form, and how many there are in all."""
    connection = await database.connect()
    data, rows = {}, 0
    for name in TABLES:
        output = BytesIO()
        rows += int((await connection.copy_from_table(name, output=output)).split()[-1])
        data[name] = output.getvalue()
    await connection.close()
    return data, rows


async def _copy(database: Database, data: dict[str, bytes], *, bare: bool) -> float:
    """In one transaction, as the import; the index's triggers do as little as they do for it."""
    connection = await database.connect()
    if bare:
        for name in TABLES:
            await connection.execute(f"CREATE TABLE bare_{name} (LIKE {name})")
    started = time.perf_counter()
    async with connection.transaction():
        await connection.execute("SET LOCAL kinoteka.bulk = 'on'")
        for name, rows in data.items():
            await connection.copy_to_table(f"bare_{name}" if bare else name, source=BytesIO(rows))
    seconds = time.perf_counter() - started
    await connection.close()
    return seconds


async def _best(*measures: Callable[[], Awaitable[float]]) -> list[float]:
    """Each one's best of five, taken by turns: other work on the machine only ever makes them slower."""
    rounds = [[await measure() for measure in measures] for _ in range(5)]
    return [min(times) for times in zip(*rounds, strict=True)]


async def _time_export(stream: Callable[[Database], AsyncIterator[bytes]], database: Database) -> float:
    started = time.perf_counter()
    async for _ in stream(database):
        pass
    return time.perf_counter() - started


async def _time_copy_out(database: Database) -> float:
    connection = await database.connect(jit="off")

    async def forget(_: bytes) -> None:
        return

    started = time.perf_counter()
    await connection.copy_from_query(SAME_COLUMNS, output=forget, format="csv")
    seconds = time.perf_counter() - started
    await connection.close()
    return seconds


async def _time_import_back(source: Database, target: Database, path: Path) -> float:
    with path.open("wb") as file:
        async for chunk in stream_csv(source) if path.suffix == ".csv" else stream_jsonl(source):
            file.write(chunk)
    importing = import_csv if path.suffix == ".csv" else import_jsonl
    return (await importing(target, path)).seconds


if __name__ == "__main__":
    main()
