"""Records and documents out of PostgreSQL: some by id, or all of them in the order of their ids."""

from asyncio import sleep
from collections.abc import AsyncIterator, Iterable, Sequence
from time import perf_counter
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.json import format as format_json

from kinoteka.catalogue.documents import FILMS, GENRES, PERSONS, STATEMENTS, Kind, Record
from kinoteka.indexer.capture import Connection, Ref
from kinoteka.search.documents import Document, make_document

CHUNK = 500
"""Records read at once while all of them stream by."""
SLICE = 0.002
"""Seconds of computing after which other tasks of the process have a turn."""


class Failure(Struct, frozen=True):
    """A document that could not be made (`status` build) or written (write)."""

    kind: Kind
    id: UUID
    status: str
    reason: str


class Made(Struct, frozen=True):
    """`missing`: asked for and not there, or deleted."""

    documents: list[Document]
    failures: list[Failure]
    missing: list[Ref]


# The same select lists as for a few ids; only the subqueries are grouped once for a whole chunk and joined by hash
# instead of being run for each row. A test holds the two forms together.
_FILM_CHUNK = (
    """
WITH f AS MATERIALIZED (SELECT * FROM film WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2),
cast_of AS (
    SELECT film_id,
           json_agg(json_build_object('id', id, 'name', name) ORDER BY position)
               FILTER (WHERE role = 'director') AS directors,
           json_agg(json_build_object('id', id, 'name', name) ORDER BY position)
               FILTER (WHERE role = 'writer') AS writers,
           json_agg(json_build_object('id', id, 'name', name, 'character', character) ORDER BY position)
               FILTER (WHERE role = 'actor') AS actors,
           json_agg(json_build_object('id', id, 'name', name, 'character', character) ORDER BY position)
               FILTER (WHERE role = 'actor' AND rank <= 5) AS leading
    FROM (SELECT *, row_number() OVER (PARTITION BY film_id, role ORDER BY position) AS rank
          FROM credit WHERE film_id IN (SELECT id FROM f)) AS credit
    JOIN person AS p ON p.id = person_id AND p.deleted_at IS NULL
    GROUP BY film_id
),
genres_of AS (
    SELECT film_id, json_agg(json_build_object('id', genre.id, 'name', genre.name) ORDER BY position) AS genres
    FROM film_genre JOIN genre ON genre.id = genre_id AND genre.deleted_at IS NULL
    WHERE film_id IN (SELECT id FROM f) GROUP BY film_id
),
titles_of AS (
    SELECT film_id, json_agg(json_build_object('title', title, 'language', language) ORDER BY position) AS titles
    FROM alternative_title WHERE film_id IN (SELECT id FROM f) GROUP BY film_id
),
external_of AS (
    SELECT film_id, min(value) FILTER (WHERE source = 'imdb') AS imdb, min(value) FILTER (WHERE source = 'tmdb') AS tmdb
    FROM film_external_id WHERE film_id IN (SELECT id FROM f) GROUP BY film_id
)
"""
    + FILMS.partition("FROM film AS f")[0]
    + """
FROM f CROSS JOIN rating_weight AS w
LEFT JOIN cast_of ON cast_of.film_id = f.id
LEFT JOIN genres_of ON genres_of.film_id = f.id
LEFT JOIN titles_of ON titles_of.film_id = f.id
LEFT JOIN external_of AS x ON x.film_id = f.id
CROSS JOIN LATERAL (SELECT coalesce(cast_of.directors, '[]') AS directors, coalesce(cast_of.writers, '[]') AS writers,
                           coalesce(cast_of.actors, '[]') AS actors, coalesce(cast_of.leading, '[]') AS leading) AS c
CROSS JOIN LATERAL (SELECT coalesce(genres_of.genres, '[]') AS genres) AS g
CROSS JOIN LATERAL (SELECT coalesce(titles_of.titles, '[]') AS titles) AS t
ORDER BY f.id
"""
)  # noqa: S608 - constants

_PERSON_CHUNK = (
    """
WITH p AS MATERIALIZED (SELECT * FROM person WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2),
works_of AS (
    SELECT person_id, count(*) AS film_count,
           json_agg(json_build_object('id', id, 'title', title, 'year', year, 'roles', roles, 'character', character)
                    ORDER BY year DESC, title, id) AS films
    FROM (SELECT c.person_id, f.id, f.title, f.year,
                 array_agg(c.role ORDER BY array_position('{director,writer,actor}', c.role)) AS roles,
                 max(c.character) AS character
          FROM credit AS c JOIN film AS f ON f.id = c.film_id AND f.deleted_at IS NULL
          WHERE c.person_id IN (SELECT id FROM p) GROUP BY c.person_id, f.id) AS work
    GROUP BY person_id
)
"""
    + PERSONS.partition("FROM person AS p")[0]
    + """
FROM p LEFT JOIN works_of ON works_of.person_id = p.id
CROSS JOIN LATERAL (SELECT coalesce(works_of.film_count, 0) AS film_count, coalesce(works_of.films, '[]') AS films) AS w
ORDER BY p.id
"""
)  # noqa: S608 - constants

_GENRE_CHUNK = (
    """
WITH g AS MATERIALIZED (SELECT * FROM genre WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2),
films_of AS (
    SELECT genre_id, count(*) AS films FROM film_genre JOIN film AS f ON f.id = film_id AND f.deleted_at IS NULL
    WHERE genre_id IN (SELECT id FROM g) GROUP BY genre_id
)
"""
    + GENRES.partition("FROM genre AS g")[0]
    + """
FROM g LEFT JOIN films_of ON films_of.genre_id = g.id
CROSS JOIN LATERAL (SELECT coalesce(films_of.films, 0) AS films) AS n
ORDER BY g.id
"""
)  # noqa: S608 - constants

_CHUNKS: dict[Kind, str] = {"film": _FILM_CHUNK, "person": _PERSON_CHUNK, "genre": _GENRE_CHUNK}
_BY_ID: dict[Kind, str] = {kind: query.replace(":ids", "$1") for kind, query in STATEMENTS.items()}
_LOWEST = UUID(int=0)


async def make_by_id(connection: Connection, refs: Iterable[Ref]) -> Made:
    """The documents of these as they are now."""
    made = Made([], [], [])
    wanted: dict[Kind, set[UUID]] = {}
    for kind, doc_id in refs:
        wanted.setdefault(kind, set()).add(doc_id)
    for kind, ids in wanted.items():
        rows = await connection.fetch(_BY_ID[kind], ids)
        await _make(kind, rows, made)
        made.missing.extend((kind, doc_id) for doc_id in ids - {row["id"] for row in rows})
    return made


async def stream(connection: Connection, kind: Kind) -> AsyncIterator[Made]:
    """Every document of a kind by ascending id, a chunk at a time; each chunk as of the moment it is read."""
    async for rows in _chunks(connection, kind):
        made = Made([], [], [])
        await _make(kind, rows, made)
        yield made


async def stream_records(connection: Connection, kind: Kind) -> AsyncIterator[Record]:
    """As `stream`, without making documents."""
    async for rows in _chunks(connection, kind):
        async for row in in_slices(rows):
            yield to_record(row)


async def _chunks(connection: Connection, kind: Kind) -> AsyncIterator[Sequence[asyncpg.Record]]:
    rows = await connection.fetch(_CHUNKS[kind].replace("id > $1", "id >= $1"), _LOWEST, CHUNK)
    while rows:
        yield rows
        rows = await connection.fetch(_CHUNKS[kind], rows[-1]["id"], CHUNK)


async def _make(kind: Kind, rows: Sequence[asyncpg.Record], made: Made) -> None:
    async for row in in_slices(rows):
        try:
            made.documents.append(make_document(kind, to_record(row)))
        except Exception as error:  # whatever is wrong with one document must not stop the others
            made.failures.append(Failure(kind, row["id"], "build", f"{type(error).__name__}: {error}"))


async def in_slices(rows: Iterable[asyncpg.Record]) -> AsyncIterator[asyncpg.Record]:
    """The same rows, pausing for other tasks whenever SLICE is used up, so that no request waits for long."""
    until = perf_counter() + SLICE
    for row in rows:
        yield row
        if perf_counter() > until:
            await sleep(0)
            until = perf_counter() + SLICE


def to_record(row: asyncpg.Record) -> Record:
    return Record(row["id"], row["version"], _compact(row["body"]), _compact(row["item"]))


def _compact(document: str) -> bytes:
    return format_json(document.encode(), indent=-1)
