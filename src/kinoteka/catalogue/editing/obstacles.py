"""What stands in the way of a deletion: films that refer to the person or genre."""

from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing.editor import Ref, refs
from kinoteka.errors import ConflictError, Fault

_MOST_NAMED = 20
_MOST_MARKED = 1000

_USES: dict[str, str] = {
    "person": """
        SELECT c.film_id, string_agg(c.role, ', ' ORDER BY array_position('{director,writer,actor}', c.role))
                   || CASE WHEN bool_or(c.role = 'director') AND NOT EXISTS (
                          SELECT FROM credit AS o JOIN person AS p ON p.id = o.person_id AND p.deleted_at IS NULL
                          WHERE o.film_id = c.film_id AND o.role = 'director' AND p.id <> :id)
                      THEN ', and nobody else directed it' ELSE '' END AS use
        FROM credit AS c WHERE c.person_id = :id GROUP BY c.film_id
    """,
    "genre": """
        SELECT l.film_id, CASE WHEN EXISTS (
                   SELECT FROM film_genre AS o JOIN genre AS g ON g.id = o.genre_id AND g.deleted_at IS NULL
                   WHERE o.film_id = l.film_id AND g.id <> :id) THEN 'genre' ELSE 'its only genre' END AS use
        FROM film_genre AS l WHERE l.genre_id = :id
    """,
}
_LINKS = {"person": "credit", "genre": "film_genre"}
_MEANING = {
    "person": "with force=true the credits go out of sight with the person, and come back when it is restored",
    "genre": "with force=true these go without it, and have it again when it is restored",
}


async def check_unused(connection: AsyncConnection, kind: Literal["person", "genre"], id_: UUID) -> None:
    """Raises ConflictError that names the films, the first of them where there are many."""
    query = text(
        f"SELECT f.id, f.title, f.year, u.use, count(*) OVER () AS films FROM ({_USES[kind]}) AS u "
        f"JOIN film AS f ON f.id = u.film_id AND f.deleted_at IS NULL ORDER BY f.year, f.id LIMIT {_MOST_NAMED}"
    )
    rows = (await connection.execute(query, {"id": id_})).all()
    if not rows:
        return
    films = "1 film" if rows[0].films == 1 else f"{rows[0].films:,} films"
    faults = [
        Fault(
            code="in_use",
            detail=f"«{row.title}» ({row.year}): {row.use}",
            parameter="force",
            link=f"/api/v1/films/{row.id}",
        )
        for row in rows
    ]
    raise ConflictError(f"The {kind} is in {films}; {_MEANING[kind]}.", faults)


async def list_films_of(connection: AsyncConnection, kind: Literal["person", "genre"], id_: UUID) -> list[Ref]:
    """Those that show it, or as many as are marked at once."""
    query = text(
        f"SELECT DISTINCT l.film_id FROM {_LINKS[kind]} AS l JOIN film AS f ON f.id = l.film_id "
        f"WHERE l.{kind}_id = :id AND f.deleted_at IS NULL LIMIT {_MOST_MARKED}"
    )
    return refs("film", await connection.scalars(query, {"id": id_}))
