"""Films, persons and genres as the API answers them, built in SQL as JSON text, one statement for any number of ids.

The index stores these bytes, and a read by id of something not indexed yet runs the same statement. Persons alone are
stored without what `catalogue.filmography` adds when they are read.
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.json import format as format_json
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

Kind = Literal["film", "person", "genre"]
KINDS: tuple[Kind, ...] = ("film", "person", "genre")


class Record(Struct, frozen=True):
    """`version` is the row version of the ETag; `body` answers a read by id, `item` stands in a list; both JSON."""

    id: UUID
    version: int
    body: bytes
    item: bytes


# Ranks are given among the people who are shown: a deleted one must not take up one of the first five places.
_PEOPLE = """
    SELECT coalesce(json_agg(json_build_object('id', c.id, 'name', c.name) ORDER BY c.position)
                        FILTER (WHERE c.role = 'director'), '[]') AS directors,
           coalesce(json_agg(json_build_object('id', c.id, 'name', c.name) ORDER BY c.position)
                        FILTER (WHERE c.role = 'writer'), '[]') AS writers,
           coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'character', c.character)
                             ORDER BY c.position) FILTER (WHERE c.role = 'actor'), '[]') AS actors,
           coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'character', c.character)
                             ORDER BY c.position) FILTER (WHERE c.role = 'actor' AND c.rank <= 5), '[]') AS leading
    FROM (SELECT l.role, l.position, l.character, p.id, p.name,
                 row_number() OVER (PARTITION BY l.role ORDER BY l.position) AS rank
          FROM credit AS l JOIN person AS p ON p.id = l.person_id AND p.deleted_at IS NULL
          WHERE l.film_id = f.id) AS c
"""

STAMP = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# From `t`, the totals of a film, whose points are halves. The prior counts as so many scores. Sums are exact, and
# what comes of them is rounded once.
RATED = """
    SELECT n.votes, round(n.points / nullif(n.votes, 0), 2) AS rating,
           CASE WHEN n.votes > 0 THEN round((w.m * w.c + n.points) / (w.m + n.votes), 3) END AS weighted_rating
    FROM (SELECT f.prior_votes + coalesce(t.votes, 0) AS votes,
                 coalesce(f.prior_rating, 0) * f.prior_votes + coalesce(t.points, 0) / 2.0 AS points) AS n
"""
TOTALS = "SELECT sum(votes) AS votes, sum(points) AS points FROM rating_total WHERE film_id = f.id"

FILM_FIELDS = f"""
    'id', f.id, 'title', f.title, 'original_title', f.original_title, 'year', f.year, 'minutes', f.minutes,
    'genres', g.genres, 'directors', c.directors, 'writers', c.writers, 'actors', c.{{actors}},
    'rating', trim_scale(r.rating), 'votes', r.votes, 'weighted_rating', trim_scale(r.weighted_rating),
    'prior', json_build_object('rating', trim_scale(f.prior_rating), 'votes', f.prior_votes),
    'external_ids', json_build_object('imdb', x.imdb, 'tmdb', x.tmdb),
    'created_at', {STAMP.format("f.created_at")}, 'updated_at', {STAMP.format("f.updated_at")}
"""

FILMS = f"""
SELECT f.id, f.version,
       json_build_object({FILM_FIELDS.format(actors="actors")},
                         'alternative_titles', a.titles, 'description', f.description)::text AS body,
       json_build_object({FILM_FIELDS.format(actors="leading")})::text AS item
FROM film AS f
CROSS JOIN rating_weight AS w
CROSS JOIN LATERAL ({TOTALS}) AS t
CROSS JOIN LATERAL ({RATED}) AS r
CROSS JOIN LATERAL ({_PEOPLE}) AS c
CROSS JOIN LATERAL (SELECT coalesce(json_agg(json_build_object('id', genre.id, 'name', genre.name)
                                             ORDER BY position), '[]') AS genres
                    FROM film_genre JOIN genre ON genre.id = genre_id AND genre.deleted_at IS NULL
                    WHERE film_id = f.id) AS g
CROSS JOIN LATERAL (SELECT coalesce(json_agg(json_build_object('title', title, 'language', language)
                                             ORDER BY position), '[]') AS titles
                    FROM alternative_title WHERE film_id = f.id) AS a
CROSS JOIN LATERAL (SELECT min(value) FILTER (WHERE source = 'imdb') AS imdb,
                           min(value) FILTER (WHERE source = 'tmdb') AS tmdb
                    FROM film_external_id WHERE film_id = f.id) AS x
WHERE f.id = ANY(:ids) AND f.deleted_at IS NULL
"""

_PHOTO = """
    CASE WHEN p.photo IS NOT NULL THEN (
        SELECT json_object_agg(size, format('/api/v1/persons/%s/photo?size=%s&v=%s', p.id, size, p.photo))
        FROM unnest('{small,medium,large}'::text[]) AS size
    ) END
"""

_PERSON_FIELDS = f"""
    'id', p.id, 'name', p.name, 'date_of_birth', p.date_of_birth, 'date_of_death', p.date_of_death, 'photo', {_PHOTO},
    'film_count', w.film_count
"""


def _persons(film: str) -> str:
    """`film`: what is shown of each, and in which order."""
    return f"""
SELECT p.id, p.version, json_build_object({_PERSON_FIELDS}, 'films', w.films)::text AS body,
       json_build_object({_PERSON_FIELDS})::text AS item
FROM person AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS film_count, coalesce(json_agg({film}), '[]') AS films
    FROM (SELECT f.id, f.title, f.year, max(c.character) AS character,
                 array_agg(c.role ORDER BY array_position('{{director,writer,actor}}', c.role)) AS roles
          FROM credit AS c JOIN film AS f ON f.id = c.film_id AND f.deleted_at IS NULL
          WHERE c.person_id = p.id GROUP BY f.id) AS work
) AS w
WHERE p.id = ANY(:ids) AND p.deleted_at IS NULL
"""


# By bytes, whatever the database's own order is: titles that are added to the index's persons are sorted so, too.
PERSONS = _persons("""
    json_build_object('id', id, 'title', title, 'year', year, 'roles', roles, 'character', character)
    ORDER BY year DESC, title COLLATE "C", id""")
_INDEXED_PERSONS = _persons("json_build_object('id', id, 'roles', roles, 'character', character) ORDER BY id")

# Counted for all of them at once: 17 times faster for 41 genres of 30,000 films than one after the other.
GENRES = """
SELECT g.id, g.version, json_build_object('id', g.id, 'name', g.name, 'film_count', coalesce(n.films, 0))::text AS body,
       json_build_object('id', g.id, 'name', g.name, 'film_count', coalesce(n.films, 0))::text AS item
FROM genre AS g
LEFT JOIN (SELECT genre_id, count(*) AS films FROM film_genre JOIN film AS f ON f.id = film_id AND f.deleted_at IS NULL
           WHERE genre_id = ANY(:ids) GROUP BY genre_id) AS n ON n.genre_id = g.id
WHERE g.id = ANY(:ids) AND g.deleted_at IS NULL
"""

STATEMENTS: dict[Kind, str] = {"film": FILMS, "person": PERSONS, "genre": GENRES}
INDEXED: dict[Kind, str] = STATEMENTS | {"person": _INDEXED_PERSONS}
"""As the index stores them: see `catalogue.filmography`."""
_QUERIES = {kind: text(statement) for kind, statement in STATEMENTS.items()}
_INDEXED_QUERIES = {kind: text(statement) for kind, statement in INDEXED.items()}
"""Read once: looking for the parameters takes as long as a read by id."""


async def build_records(connection: AsyncConnection, kind: Kind, ids: Sequence[UUID]) -> list[Record]:
    """The records of those ids that exist and are not deleted, in no order; one query."""
    return await _build(connection, _QUERIES[kind], ids)


async def build_indexed(connection: AsyncConnection, kind: Kind, ids: Sequence[UUID]) -> list[Record]:
    """As `build_records`, with the bodies that the index stores."""
    return await _build(connection, _INDEXED_QUERIES[kind], ids)


async def _build(connection: AsyncConnection, query: TextClause, ids: Sequence[UUID]) -> list[Record]:
    rows = await connection.execute(query, {"ids": list(ids)})
    return [Record(row.id, row.version, _compact(row.body), _compact(row.item)) for row in rows]


def _compact(document: str) -> bytes:
    """PostgreSQL puts spaces around colons and commas; on the wire there are none."""
    return format_json(document.encode(), indent=-1)
