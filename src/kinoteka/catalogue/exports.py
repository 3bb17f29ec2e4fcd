"""All films, streamed: one snapshot, ordered by id, a batch in memory at a time, deleted ones left out.

CSV carries films: ids, names and titles, so that importing it elsewhere loses nothing of them. Persons come along as
the people of films; birth dates, photos and persons without films do not. JSON Lines are the films as the API answers
them.
"""

from asyncio import CancelledError, create_task
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
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
"""Films read at once, a megabyte or two; from some thousand on, the plan is the one for all films."""
CHUNK = 64 * 1024

_LOWEST = UUID(int=0)

# Set-based: each table is read once for the batch by its range of ids, never once for each film.
_BATCH = "batch AS MATERIALIZED (SELECT * FROM film WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2)"
_IN_BATCH = "BETWEEN (SELECT id FROM batch ORDER BY id LIMIT 1) AND (SELECT id FROM batch ORDER BY id DESC LIMIT 1)"


def _escaped(element: str) -> str:
    """As csv_format.join_list does."""
    return rf"replace(replace({element}, '\', '\\'), '|', '\|')"


def _listed(element: str, role: str) -> str:
    return f"string_agg({element}, '|' ORDER BY c.position) FILTER (WHERE c.role = '{role}')"


_STARTS = "".join({"\t": r"\t", "\r": r"\r", "\n": r"\n", "-": r"\-"}.get(start, start) for start in FORMULA_STARTS)


def _shielded(cell: str) -> str:
    """As csv_format.quote(shield(cell)) does; the first, cheap tests settle almost every cell."""
    shielded = f"CASE WHEN {cell} ~ '^(''?[{_STARTS}]|'''')' THEN '''' || {cell} ELSE {cell} END"
    return rf"""
    CASE WHEN {cell} ~ E'[",\r\n]|^['']|^[{_STARTS}]'
         THEN CASE WHEN {cell} ~ E'[",\r\n]' THEN '"' || replace({shielded}, '"', '""') || '"' ELSE {shielded} END
         ELSE coalesce({cell}, '') END"""


_PLAIN = {"id", "year", "minutes", "rating", "votes", "director_ids", "writer_ids", "actor_ids"}
_LINE = " || ',' || ".join(
    f"coalesce({name}::text, '')" if name in _PLAIN else f"({_shielded(name)})" for name in COLUMNS
)

_CSV = f"""
WITH {_BATCH}, people AS (
    SELECT c.film_id,
           {_listed("p.escaped", "director")} AS directors, {_listed("p.id::text", "director")} AS director_ids,
           {_listed("p.escaped", "writer")} AS writers, {_listed("p.id::text", "writer")} AS writer_ids,
           {_listed("p.escaped", "actor")} AS actors, {_listed("p.id::text", "actor")} AS actor_ids,
           {_listed("coalesce(" + _escaped("c.character") + ", '')", "actor")} AS characters
    FROM credit AS c
    JOIN (SELECT id, {_escaped("name")} AS escaped FROM person WHERE deleted_at IS NULL) AS p ON p.id = c.person_id
    WHERE c.film_id {_IN_BATCH} GROUP BY c.film_id
), genres AS (
    SELECT l.film_id, string_agg({_escaped("g.name")}, '|' ORDER BY l.position) AS genres
    FROM film_genre AS l JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
    WHERE l.film_id {_IN_BATCH} GROUP BY l.film_id
), titles AS (
    SELECT film_id, string_agg(coalesce(language, '') || ':' || {_escaped("title")}, '|' ORDER BY position)
                        AS alternative_titles
    FROM alternative_title WHERE film_id {_IN_BATCH} GROUP BY film_id
), external AS (
    SELECT film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb, min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM film_external_id WHERE film_id {_IN_BATCH} GROUP BY film_id
), film_row AS (
    SELECT batch.*, trim_scale(prior_rating) AS rating, prior_votes AS votes, genres, imdb, tmdb, alternative_titles,
           directors, director_ids, writers, writer_ids, actors, actor_ids, characters
    FROM batch
    LEFT JOIN people ON people.film_id = batch.id
    LEFT JOIN genres ON genres.film_id = batch.id
    LEFT JOIN titles ON titles.film_id = batch.id
    LEFT JOIN external ON external.film_id = batch.id
)
SELECT id, convert_to({_LINE} || E'\\r\\n', 'UTF8') AS line FROM film_row ORDER BY id
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
    LEFT JOIN (SELECT * FROM credit WHERE film_id {_IN_BATCH}) AS c ON c.film_id = b.id
    LEFT JOIN person AS p ON p.id = c.person_id AND p.deleted_at IS NULL
    GROUP BY b.id
), g AS (
    SELECT b.id AS film_id, coalesce(json_agg(json_build_object('id', g.id, 'name', g.name) ORDER BY l.position)
                                         FILTER (WHERE g.id IS NOT NULL), '[]') AS genres
    FROM batch AS b
    LEFT JOIN (SELECT * FROM film_genre WHERE film_id {_IN_BATCH}) AS l ON l.film_id = b.id
    LEFT JOIN genre AS g ON g.id = l.genre_id AND g.deleted_at IS NULL
    GROUP BY b.id
), a AS (
    SELECT b.id AS film_id,
           coalesce(json_agg(json_build_object('title', t.title, 'language', t.language) ORDER BY t.position)
                        FILTER (WHERE t.title IS NOT NULL), '[]') AS titles
    FROM batch AS b
    LEFT JOIN (SELECT * FROM alternative_title WHERE film_id {_IN_BATCH}) AS t ON t.film_id = b.id
    GROUP BY b.id
), x AS (
    SELECT b.id AS film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb,
           min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM batch AS b
    LEFT JOIN (SELECT * FROM film_external_id WHERE film_id {_IN_BATCH}) AS x ON x.film_id = b.id
    GROUP BY b.id
), t AS (
    SELECT film_id, sum(votes) AS votes, sum(points) AS points FROM rating_total WHERE film_id {_IN_BATCH}
    GROUP BY film_id
)
SELECT f.id, convert_to(json_build_object({FILM_FIELDS.format(actors="actors")}, 'alternative_titles', a.titles,
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
    async with aclosing(_stream(database, _CSV, _csv_lines)) as chunks:
        async for chunk in chunks:
            yield chunk


async def stream_jsonl(database: Database) -> AsyncGenerator[bytes, None]:
    """Chunks of about 64 KB, a film a line. Closing the iterator ends the query."""
    async with aclosing(_stream(database, _JSONL, _json_lines)) as chunks:
        async for chunk in chunks:
            yield chunk


Lines: TypeAlias = Callable[[Sequence[asyncpg.Record]], bytes]


async def _stream(database: Database, query: str, lines: Lines) -> AsyncGenerator[bytes, None]:
    async with _snapshot(database) as connection:
        rows = await connection.fetch(query, _LOWEST, BATCH)
        while rows:
            coming = create_task(connection.fetch(query, rows[-1]["id"], BATCH))
            try:
                for chunk in _chunks(lines(rows)):
                    yield chunk
                rows = await coming
            finally:
                coming.cancel()
                with suppress(CancelledError):
                    await coming  # a connection does one thing at a time: this must have ended before it is closed


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[Connection]:
    """A connection that sees the catalogue as it is now, however long it is used; dropped when left early."""
    connection = await database.connect(application_name="kinoteka export", jit="off")
    try:
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield connection
        await connection.close()
    finally:
        connection.terminate()


def _csv_lines(rows: Sequence[asyncpg.Record]) -> bytes:
    return b"".join(row["line"] for row in rows)


def _json_lines(rows: Sequence[asyncpg.Record]) -> bytes:
    return b"".join(format_json(row["line"], indent=-1) + b"\n" for row in rows)


def _chunks(data: bytes) -> Iterable[bytes]:
    return (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
