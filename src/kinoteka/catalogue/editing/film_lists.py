"""The lists of a film, each replaced as a whole.

Credits of deleted persons, and links to deleted genres, are out of sight: they keep their places, the new ones come
after them.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.editing.references import PEOPLE
from kinoteka.errors import Fault

Credits = Sequence[tuple[UUID, str | None]]
"""Person and character."""
Titles = Sequence[tuple[str, str | None]]
"""Title and language."""

_CLEAR_CREDITS = text(
    "DELETE FROM credit AS c USING person AS p WHERE c.film_id = :film AND c.role = :role AND p.id = c.person_id "
    "AND p.deleted_at IS NULL"
)
_ADD_CREDITS = text(
    """
    INSERT INTO credit (film_id, role, position, person_id, character)
    SELECT :film, :role, listed.place + coalesce(hidden.last, -1), listed.id, listed.character
    FROM unnest(CAST(:ids AS uuid[]), CAST(:characters AS text[])) WITH ORDINALITY AS listed (id, character, place)
    CROSS JOIN (SELECT max(position) AS last FROM credit WHERE film_id = :film AND role = :role) AS hidden
    ON CONFLICT (person_id, role, film_id) DO NOTHING
    """
)
_CLEAR_GENRES = text(
    "DELETE FROM film_genre AS l USING genre AS g WHERE l.film_id = :film AND g.id = l.genre_id "
    "AND g.deleted_at IS NULL"
)
_ADD_GENRES = text(
    """
    INSERT INTO film_genre (film_id, position, genre_id)
    SELECT :film, listed.place + coalesce(hidden.last, -1), listed.id
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS listed (id, place)
    CROSS JOIN (SELECT max(position) AS last FROM film_genre WHERE film_id = :film) AS hidden
    """
)
_CLEAR_TITLES = text("DELETE FROM alternative_title WHERE film_id = :film")
_ADD_TITLES = text(
    """
    INSERT INTO alternative_title (film_id, position, title, language)
    SELECT :film, place - 1, title, language
    FROM unnest(CAST(:titles AS text[]), CAST(:languages AS text[])) WITH ORDINALITY AS listed (title, language, place)
    """
)
_CLEAR_EXTERNAL = text("DELETE FROM film_external_id WHERE film_id = :film AND source = :source")
_ADD_EXTERNAL = text(
    "INSERT INTO film_external_id (source, value, film_id) VALUES (:source, :value, :film) "
    "ON CONFLICT (source, value) DO NOTHING"
)
_HOLDER = text(
    "SELECT f.id, f.title, f.deleted_at IS NOT NULL AS deleted FROM film_external_id AS x "
    "JOIN film AS f ON f.id = x.film_id WHERE x.source = :source AND x.value = :value AND f.id <> :film"
)


async def _set_credits(connection: AsyncConnection, film: UUID, field: str, people: Credits) -> None:
    given = {"film": film, "role": PEOPLE[field]}
    await connection.execute(_CLEAR_CREDITS, given)
    if people:
        listed = {"ids": [id_ for id_, _ in people], "characters": [character for _, character in people]}
        await connection.execute(_ADD_CREDITS, given | listed)


async def _set_genres(connection: AsyncConnection, film: UUID, _: str, genres: Sequence[UUID]) -> None:
    await connection.execute(_CLEAR_GENRES, {"film": film})
    await connection.execute(_ADD_GENRES, {"film": film, "ids": list(genres)})


async def _set_titles(connection: AsyncConnection, film: UUID, _: str, titles: Titles) -> None:
    await connection.execute(_CLEAR_TITLES, {"film": film})
    if titles:
        given = {"titles": [title for title, _ in titles], "languages": [language for _, language in titles]}
        await connection.execute(_ADD_TITLES, {"film": film, **given})


_Set = Callable[[AsyncConnection, UUID, str, Any], Coroutine[Any, Any, None]]
_SETTERS: dict[str, _Set] = {
    "genres": _set_genres,
    "directors": _set_credits,
    "writers": _set_credits,
    "actors": _set_credits,
    "alternative_titles": _set_titles,
}
SOURCES = ("imdb", "tmdb")


async def set_lists(connection: AsyncConnection, film: UUID, lists: Mapping[str, Any]) -> None:
    """`lists`: the new ones by field; other keys are left alone."""
    for field, setter in _SETTERS.items():
        if field in lists:
            await setter(connection, film, field, lists[field])


async def set_external_ids(connection: AsyncConnection, film: UUID, values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong: ids that another film has. `values`: by source, null for none; other keys are left alone."""
    faults: list[Fault] = []
    for source in SOURCES:
        if source not in values:
            continue
        given = {"film": film, "source": source, "value": values[source]}
        await connection.execute(_CLEAR_EXTERNAL, {"film": film, "source": source})
        if values[source] is not None and not (await connection.execute(_ADD_EXTERNAL, given)).rowcount:
            faults += await find_external(connection, film, source, values[source])
    return faults


async def find_external(connection: AsyncConnection, film: UUID, source: str, value: str) -> list[Fault]:
    row = (await connection.execute(_HOLDER, {"film": film, "source": source, "value": value})).one_or_none()
    if row is None:
        return []
    state = "deleted film, which may be restored," if row.deleted else "film"
    detail = f"The {state} «{row.title}» has the {source} id {value}"
    link = None if row.deleted else f"/api/v1/films/{row.id}"
    return [Fault(code="external_id_taken", detail=detail, pointer=f"/external_ids/{source}", link=link)]
