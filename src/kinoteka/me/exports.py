"""Own ratings and lists to take along: our CSV, which loses nothing, and the CSV that Letterboxd imports."""

from collections.abc import AsyncGenerator, Callable
from typing import Literal
from uuid import UUID

import asyncpg

from kinoteka.catalogue.csv_format import quote, shield
from kinoteka.database import Database
from kinoteka.me.imports.sources.kinoteka import COLUMNS

_BATCH = 1000
_OURS = """
SELECT o.list, f.id AS film_id, x.imdb, x.tmdb, f.title, f.year, o.score, o.at
FROM (SELECT 'ratings' AS list, film_id, score, rated_at AS at FROM rating WHERE account_id = $1
      UNION ALL SELECT list, film_id, NULL, added_at FROM list_entry WHERE account_id = $1) AS o
JOIN film AS f ON f.id = o.film_id AND f.deleted_at IS NULL
CROSS JOIN LATERAL (SELECT min(value) FILTER (WHERE source = 'imdb') AS imdb,
                           min(value) FILTER (WHERE source = 'tmdb') AS tmdb
                    FROM film_external_id WHERE film_id = f.id) AS x
ORDER BY o.list, o.at, f.id
"""
_THEIRS = """
SELECT x.imdb, x.tmdb, f.title, f.year, o.score,
       (SELECT string_agg(p.name, ', ' ORDER BY c.position) FROM credit AS c JOIN person AS p ON p.id = c.person_id
        WHERE c.film_id = f.id AND c.role = 'director' AND p.deleted_at IS NULL) AS directors
FROM (SELECT 'ratings' AS list, film_id, score, rated_at AS at FROM rating WHERE account_id = $1
      UNION ALL SELECT list, film_id, NULL, added_at FROM list_entry WHERE account_id = $1) AS o
JOIN film AS f ON f.id = o.film_id AND f.deleted_at IS NULL
CROSS JOIN LATERAL (SELECT min(value) FILTER (WHERE source = 'imdb') AS imdb,
                           min(value) FILTER (WHERE source = 'tmdb') AS tmdb
                    FROM film_external_id WHERE film_id = f.id) AS x
WHERE o.list = $2 ORDER BY o.at, f.id
"""
LETTERBOXD_COLUMNS = ("imdbID", "tmdbID", "Title", "Year", "Directors", "Rating")
"""Of those that letterboxd.com/about/importing-data names. No WatchedDate: when somebody scored a film is not when they
saw it, and it would fill their diary."""

ExportedList = Literal["ratings", "favourites", "wishlist"]


async def stream_own_csv(database: Database, account: UUID) -> AsyncGenerator[bytes]:
    async for chunk in _stream(database, COLUMNS, _our_line, _OURS, account):
        yield chunk


async def stream_letterboxd(database: Database, account: UUID, name: ExportedList) -> AsyncGenerator[bytes]:
    """Stars are halves of points; a score between two half stars goes to the higher one."""
    async for chunk in _stream(database, LETTERBOXD_COLUMNS, _their_line, _THEIRS, account, name):
        yield chunk


async def _stream(
    database: Database,
    columns: tuple[str, ...],
    line: Callable[[asyncpg.Record], tuple[str, ...]],
    query: str,
    *values: object,
) -> AsyncGenerator[bytes]:
    """A connection of its own: a slow reader takes none from others."""
    yield _csv_line(columns)
    connection = await database.connect(application_name="kinoteka own export")
    try:
        async with connection.transaction(readonly=True):
            cursor = await connection.cursor(query, *values)
            while rows := await cursor.fetch(_BATCH):
                yield b"".join(_csv_line(line(row)) for row in rows)
    finally:
        await connection.close()


def _csv_line(cells: tuple[str, ...]) -> bytes:
    return (",".join(map(quote, cells)) + "\r\n").encode()


def _our_line(row: asyncpg.Record) -> tuple[str, ...]:
    score = "" if row["score"] is None else f"{row['score'] / 2:g}"
    return (
        row["list"],
        str(row["film_id"]),
        row["imdb"] or "",
        row["tmdb"] or "",
        shield(row["title"]),
        str(row["year"]),
        score,
        row["at"].isoformat(),
    )


def _their_line(row: asyncpg.Record) -> tuple[str, ...]:
    stars = "" if row["score"] is None else f"{(row['score'] + 1) // 2 / 2:g}"
    return row["imdb"] or "", row["tmdb"] or "", row["title"], str(row["year"]), row["directors"] or "", stars
