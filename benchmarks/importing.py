"""`python -m benchmarks.importing FOLDER`: importing IMDb's files and exporting them, against COPY of the same columns.

On the embedded PostgreSQL in a temporary folder, or on the server of TEST_POSTGRES_URL. «COPY into the tables» loads
the very rows that the import made into a second database with the same indexes, constraints and triggers; «into bare
tables» does so without any of them, and is the limit of what PostgreSQL can take in.
"""

import argparse
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from pathlib import Path

import msgspec
import uvloop
from msgspec import Struct

from benchmarks import databases, table
from benchmarks.lines import Line
from kinoteka.catalogue.csv_format import COLUMNS
from kinoteka.catalogue.exports import stream_csv, stream_jsonl
from kinoteka.database import Database
from kinoteka.importers.options import ImdbOptions
from kinoteka.importers.report import Report
from kinoteka.importers.service import import_csv, import_imdb, import_jsonl

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


SAME = "COPY into the tables"
OUT = "COPY of the same columns TO STDOUT"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--type", action="append", dest="types", help="titleType to take [movie]")
    arguments.add_argument("--rounds", type=int, default=3)
    parsed = arguments.parse_args()
    found = uvloop.run(measure(parsed.folder, frozenset(parsed.types or ["movie"]), parsed.rounds))
    table.show(lines(found), f"{found.rows:,} rows of {found.films:,} films")


class Seconds(Struct):
    """Of each round, beside the COPY of the same round."""

    rows: int
    films: int
    imported: list[float]
    again: list[float]
    same: list[float]
    bare: list[float]
    back: dict[str, list[float]]
    out: dict[str, list[float]]


async def measure(folder: Path, types: frozenset[str], rounds: int, *, own: bool = False) -> Seconds:
    """`own`: on a PostgreSQL of this measurement even where there is another, on a core of its own."""
    async with databases.server(own=own) as server, databases.catalogue(server) as catalogue:
        first = await _time_imdb(catalogue, folder, types)
        data, rows = await _unload(catalogue)
        found = Seconds(rows, first.new, [first.seconds], [], [], [], {"csv": [], "jsonl": []}, {})
        for number in range(rounds):
            found.again.append((await _time_imdb(catalogue, folder, types)).seconds)
            if number:
                async with databases.catalogue(server) as empty:
                    found.imported.append((await _time_imdb(empty, folder, types)).seconds)
            await _time_others(server, catalogue, data, found)
        found.out = await _by_turns(
            rounds,
            copy=lambda: _time_copy_out(catalogue),
            csv=lambda: _time_export(stream_csv, catalogue),
            jsonl=lambda: _time_export(stream_jsonl, catalogue),
        )
    return found


async def _time_imdb(target: Database, folder: Path, types: frozenset[str]) -> Report:
    descriptions = folder / "descriptions.jsonl.gz"
    options = ImdbOptions(types=types, descriptions=descriptions if descriptions.exists() else None)
    return await import_imdb(target, folder, options)


async def _time_others(server: str, source: Database, data: dict[str, bytes], found: Seconds) -> None:
    async with databases.catalogue(server) as empty:
        found.bare.append(await _copy(empty, data, bare=True))
        found.same.append(await _copy(empty, data, bare=False))
    with tempfile.TemporaryDirectory() as temporary:
        for name, times in found.back.items():
            async with databases.catalogue(server) as empty:
                times.append(await _time_import_back(source, empty, Path(temporary) / f"films.{name}"))


def lines(found: Seconds) -> list[Line]:
    def rates(amount: int, times: list[float]) -> list[float]:
        return [amount / seconds for seconds in times]

    bare, same = rates(found.rows, found.bare), rates(found.rows, found.same)
    times = {"import imdb": found.imported, "import imdb again": found.again}
    times |= {f"import {name}": taken for name, taken in found.back.items()}
    into = [
        Line(name=name, unit="rows/s", values=rates(found.rows, taken), of=SAME, beside=same)
        for name, taken in times.items()
    ]
    into.insert(1, msgspec.structs.replace(into[0], of="COPY into bare tables", beside=bare))
    copied = rates(found.films, found.out["copy"])
    out = [
        Line(name=f"export {name}", unit="films/s", values=rates(found.films, taken), of=OUT, beside=copied)
        for name, taken in found.out.items()
        if name != "copy"
    ]
    return into + out


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


async def _by_turns(rounds: int, **measures: Callable[[], Awaitable[float]]) -> dict[str, list[float]]:
    """So that other work on the machine meets all of them."""
    taken = [{name: await measure() for name, measure in measures.items()} for _ in range(rounds)]
    return {name: [one[name] for one in taken] for name in measures}


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
