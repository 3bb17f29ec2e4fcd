"""All films, streamed: one snapshot, ordered by id, two batches in memory at most, deleted ones left out.

CSV carries films: ids, names and titles, so that importing it elsewhere loses nothing of them. Persons come along as
the people of films; birth dates, photos and persons without films do not. JSON Lines are the films as the API answers
them.
"""

from asyncio import CancelledError, create_task
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import TypeAlias
from uuid import UUID

import asyncpg
from msgspec.json import format as format_json

from kinoteka.catalogue.csv_format import COLUMNS, FORMULA_STARTS
from kinoteka.catalogue.documents import FILM_FIELDS, RATED
from kinoteka.database import Database

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

BATCH = 2000
"""Films read at once, a megabyte or two."""
CHUNK = 64 * 1024

_LOWEST = UUID(int=0)

# Set-based: each table is read once for the batch, by its range of ids or by a list of them, never once for each film.
# PostgreSQL cannot tell how much lies between two UUIDs and takes it for next to nothing: it would loop over one part
# of the batch for each row of another, and is told not to.
_BATCH = "batch AS MATERIALIZED (SELECT * FROM film WHERE id > $1 AND id <= $2 AND deleted_at IS NULL)"
_IN_BATCH = "film_id > $1 AND film_id <= $2"
_PERSONS = f"""
    (SELECT * FROM person WHERE id = ANY(ARRAY(SELECT person_id FROM credit WHERE {_IN_BATCH})) AND deleted_at IS NULL)
    AS p ON p.id = c.person_id"""
_LAST = """
SELECT id FROM (SELECT id FROM film WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2) AS coming
ORDER BY id DESC LIMIT 1
"""


def _escaped(element: str) -> str:
    """As csv_format.join_list does."""
    return rf"replace(replace({element}, '\', '\\'), '|', '\|')"


def _listed(element: str, role: str) -> str:
    return f"string_agg({element}, '|' ORDER BY c.position) FILTER (WHERE c.role = '{role}')"


_STARTS = "".join({"\t": r"\t", "\r": r"\r", "\n": r"\n", "-": r"\-"}.get(start, start) for start in FORMULA_STARTS)
_SUSPICIOUS = ", ".join(str(ord(start)) for start in (*FORMULA_STARTS, "'"))


def _shielded(cell: str) -> str:
    """As csv_format.shield(cell) does, and NULL for nothing; the first, cheap test settles almost every cell."""
    return f"""
    CASE WHEN ascii({cell}) NOT IN ({_SUSPICIOUS}) THEN nullif({cell}, '')
         WHEN {cell} ~ '^(''?[{_STARTS}]|'''')' THEN '''' || {cell} ELSE {cell} END"""


_PLAIN = {"id", "year", "minutes", "rating", "votes", "director_ids", "writer_ids", "actor_ids"}
_CELLS = ", ".join(name if name in _PLAIN else f"{_shielded(name)} AS {name}" for name in COLUMNS)

_CSV = f"""
WITH {_BATCH}, people AS (
    SELECT c.film_id,
           {_listed(_escaped("p.name"), "director")} AS directors, {_listed("p.id::text", "director")} AS director_ids,
           {_listed(_escaped("p.name"), "writer")} AS writers, {_listed("p.id::text", "writer")} AS writer_ids,
           {_listed(_escaped("p.name"), "actor")} AS actors, {_listed("p.id::text", "actor")} AS actor_ids,
           {_listed("coalesce(" + _escaped("c.character") + ", '')", "actor")} AS characters
    FROM credit AS c
    JOIN {_PERSONS}
    WHERE {_IN_BATCH} GROUP BY c.film_id
), genres AS (
    SELECT l.film_id, string_agg({_escaped("g.name")}, '|' ORDER BY l.position) AS genres
    FROM film_genre AS l JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
    WHERE {_IN_BATCH} GROUP BY l.film_id
), titles AS (
    SELECT film_id, string_agg(coalesce(language, '') || ':' || {_escaped("title")}, '|' ORDER BY position)
                        AS alternative_titles
    FROM alternative_title WHERE {_IN_BATCH} GROUP BY film_id
), external AS (
    SELECT film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb, min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM film_external_id WHERE {_IN_BATCH} GROUP BY film_id
), film_row AS (
    SELECT batch.*, trim_scale(prior_rating) AS rating, prior_votes AS votes, genres, imdb, tmdb, alternative_titles,
           directors, director_ids, writers, writer_ids, actors, actor_ids, characters
    FROM batch
    LEFT JOIN people ON people.film_id = batch.id
    LEFT JOIN genres ON genres.film_id = batch.id
    LEFT JOIN titles ON titles.film_id = batch.id
    LEFT JOIN external ON external.film_id = batch.id
)
SELECT {_CELLS} FROM film_row ORDER BY film_row.id
"""


def _named(role: str, character: str = "") -> str:
    entry = f"json_build_object('id', p.id, 'name', p.name{character})"
    return (
        f"coalesce(json_agg({entry} ORDER BY c.position) FILTER (WHERE c.role = '{role}' AND p.id IS NOT NULL), '[]')"
    )


_JSONL = f"""
WITH {_BATCH}, c AS (
    SELECT b.id AS film_id, {_named("director")} AS directors, {_named("writer")} AS writers,
           {_named("actor", ", 'character', c.character")} AS actors
    FROM batch AS b
    LEFT JOIN (SELECT * FROM credit WHERE {_IN_BATCH}) AS c ON c.film_id = b.id
    LEFT JOIN {_PERSONS}
    GROUP BY b.id
), g AS (
    SELECT b.id AS film_id, coalesce(json_agg(json_build_object('id', g.id, 'name', g.name) ORDER BY l.position)
                                         FILTER (WHERE g.id IS NOT NULL), '[]') AS genres
    FROM batch AS b
    LEFT JOIN (SELECT * FROM film_genre WHERE {_IN_BATCH}) AS l ON l.film_id = b.id
    LEFT JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
    GROUP BY b.id
), a AS (
    SELECT b.id AS film_id,
           coalesce(json_agg(json_build_object('title', t.title, 'language', t.language) ORDER BY t.position)
                        FILTER (WHERE t.title IS NOT NULL), '[]') AS titles
    FROM batch AS b
    LEFT JOIN (SELECT * FROM alternative_title WHERE {_IN_BATCH}) AS t ON t.film_id = b.id
    GROUP BY b.id
), x AS (
    SELECT b.id AS film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb,
           min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM batch AS b
    LEFT JOIN (SELECT * FROM film_external_id WHERE {_IN_BATCH}) AS x ON x.film_id = b.id
    GROUP BY b.id
), t AS (
    SELECT film_id, sum(votes) AS votes, sum(points) AS points FROM rating_total WHERE {_IN_BATCH}
    GROUP BY film_id
)
SELECT convert_to(json_build_object({FILM_FIELDS.format(actors="actors")}, 'alternative_titles', a.titles,
                                    'description', f.description)::text, 'UTF8') AS line
FROM batch AS f
CROSS JOIN rating_weight AS w
JOIN c ON c.film_id = f.id
JOIN g ON g.film_id = f.id
JOIN a ON a.film_id = f.id
JOIN x ON x.film_id = f.id
LEFT JOIN t ON t.film_id = f.id
CROSS JOIN LATERAL ({RATED}) AS r
ORDER BY f.id
"""


async def stream_csv(database: Database) -> AsyncGenerator[bytes, None]:
    """Chunks of about 64 KB; columns and cells as csv_format says. Closing the iterator ends the query."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    async with aclosing(_stream(database, _read_csv)) as chunks:
        async for chunk in chunks:
            yield chunk


async def stream_jsonl(database: Database) -> AsyncGenerator[bytes, None]:
    """Chunks of about 64 KB, a film a line. Closing the iterator ends the query."""
    async with aclosing(_stream(database, _read_jsonl)) as chunks:
        async for chunk in chunks:
            yield chunk


Read: TypeAlias = Callable[[Connection, UUID, UUID], Awaitable[bytes]]
"""The films after one id up to another, as lines."""


async def _stream(database: Database, read: Read) -> AsyncGenerator[bytes, None]:
    """The next batch is read while one is taken."""
    async with _snapshot(database) as connection:
        batch = await _read_after(_LOWEST, connection, read)
        while batch is not None:
            last, data = batch
            coming = create_task(_read_after(last, connection, read))
            try:
                for start in range(0, len(data), CHUNK):
                    yield data[start : start + CHUNK]
                batch = await coming
            finally:
                coming.cancel()
                with suppress(CancelledError):
                    await coming  # a connection does one thing at a time: this must have ended before it is closed


async def _read_after(after: UUID, connection: Connection, read: Read) -> tuple[UUID, bytes] | None:
    """The id of a batch's last film, and the batch; None after the last one."""
    last = await connection.fetchval(_LAST, after, BATCH)
    return (last, await read(connection, after, last)) if last else None


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[Connection]:
    """A connection that sees the catalogue as it is now, however long it is used; dropped when left early."""
    connection = await database.connect(
        application_name="kinoteka export",
        jit="off",  # compiling takes longer than a batch
        enable_nestloop="off",
    )
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
        await connection.close()
    finally:
        connection.terminate()


async def _read_csv(connection: Connection, after: UUID, last: UUID) -> bytes:
    """PostgreSQL ends lines with LF alone. What stands between two quotation marks is a cell's, and stays as it is."""
    rows: list[bytes] = []

    async def take(data: bytes) -> None:
        rows.append(data)

    await connection.copy_from_query(_CSV, after, last, output=take, format="csv")
    parts = b"".join(rows).split(b'"')
    parts[::2] = [outside.replace(b"\n", b"\r\n") for outside in parts[::2]]
    return b'"'.join(parts)


async def _read_jsonl(connection: Connection, after: UUID, last: UUID) -> bytes:
    rows = await connection.fetch(_JSONL, after, last)
    return b"".join(format_json(row["line"], indent=-1) + b"\n" for row in rows)
