"""Which films the entries of somebody's file are.

By an id where one is given. Else by title and year, where exactly one film has them: the main title first, then the
original and alternative ones. What is nearly so (the year beside it, several films, no year) is for the user to settle.
A film that has another id at a source is not the one that the entry's id means.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.catalogue.text import same_text_key
from kinoteka.me.imports.entries import Entry

MOST_CANDIDATES = 10
_BY_ID = text(
    """
    SELECT x.source, x.value, f.id, f.title, f.year FROM film_external_id AS x
    JOIN unnest(CAST(:sources AS text[]), CAST(:ids AS text[])) AS asked (source, value) USING (source, value)
    JOIN film AS f ON f.id = x.film_id AND f.deleted_at IS NULL
    UNION ALL
    SELECT 'film', f.id::text, f.id, f.title, f.year FROM film AS f
    JOIN unnest(CAST(:sources AS text[]), CAST(:ids AS text[])) AS asked (source, value)
        ON asked.source = 'film' AND f.id = CAST(CASE WHEN asked.source = 'film' THEN asked.value END AS uuid)
    WHERE f.deleted_at IS NULL
    """
)
_BY_TITLE = text(
    """
    SELECT f.id, f.title, f.year, f.title_key AS key, true AS is_main FROM film AS f
    WHERE f.title_key = ANY(:keys) AND f.deleted_at IS NULL
    UNION
    SELECT f.id, f.title, f.year, f.original_title, false FROM film AS f
    WHERE f.original_title = ANY(:titles) AND f.deleted_at IS NULL
    UNION
    SELECT f.id, f.title, f.year, a.title, false FROM alternative_title AS a
    JOIN film AS f ON f.id = a.film_id AND f.deleted_at IS NULL WHERE a.title = ANY(:titles)
    """
)
_IDS_OF = text("SELECT film_id, source, value FROM film_external_id WHERE film_id = ANY(:films)")


class Candidate(Struct, frozen=True):
    """A film that an entry may mean."""

    id: UUID
    title: str
    year: int


class Match(Struct, frozen=True):
    """`film`, or else `candidates` for an entry that is not certain; neither: there is no such film. `reason` says."""

    film: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    reason: str | None = None


class _Titled(Struct, frozen=True):
    film: Candidate
    is_main: bool


async def match_entries(connection: AsyncConnection, entries: Sequence[Entry]) -> list[Match]:
    """One for each. A handful of statements, however many entries."""
    by_id = await _find_by_id(connection, entries)
    found = [_by_id(entry, by_id) for entry in entries]
    unsettled = [entry for entry, film in zip(entries, found, strict=True) if film is None]
    titled = await _find_by_title(connection, unsettled)
    ids = await _ids_of(connection, titled)
    return [
        Match(film) if film is not None else _by_title(entry, titled, ids)
        for entry, film in zip(entries, found, strict=True)
    ]


def _by_id(entry: Entry, known: Mapping[tuple[str, str], Candidate]) -> Candidate | None:
    return next((known[pair] for pair in entry.ids.items() if pair in known), None)


async def _find_by_id(connection: AsyncConnection, entries: Iterable[Entry]) -> dict[tuple[str, str], Candidate]:
    pairs = sorted({pair for entry in entries for pair in entry.ids.items()})
    if not pairs:
        return {}
    asked = {"sources": [source for source, _ in pairs], "ids": [value for _, value in pairs]}
    rows = await connection.execute(_BY_ID, asked)
    return {(row.source, row.value): Candidate(row.id, row.title, row.year) for row in rows}


async def _find_by_title(connection: AsyncConnection, entries: Iterable[Entry]) -> dict[str, list[_Titled]]:
    """By the key of a main title, and by other titles as they are written."""
    titles = sorted({entry.title for entry in entries if entry.title})
    if not titles:
        return {}
    asked: dict[str, Any] = {"titles": titles, "keys": sorted(set(map(same_text_key, titles)))}
    found: dict[str, list[_Titled]] = defaultdict(list)
    for row in await connection.execute(_BY_TITLE, asked):
        found[row.key].append(_Titled(Candidate(row.id, row.title, row.year), row.is_main))
    return found


async def _ids_of(
    connection: AsyncConnection, titled: Mapping[str, Sequence[_Titled]]
) -> Mapping[UUID, Mapping[str, str]]:
    films = {one.film.id for some in titled.values() for one in some}
    ids: dict[UUID, dict[str, str]] = defaultdict(dict)
    if films:
        for row in await connection.execute(_IDS_OF, {"films": sorted(films)}):
            ids[row.film_id][row.source] = row.value
    return ids


def _by_title(entry: Entry, titled: Mapping[str, Sequence[_Titled]], ids: Mapping[UUID, Mapping[str, str]]) -> Match:
    if entry.title is None:
        return Match(reason="No film here has its id" if entry.ids else "It has neither an id nor a title")
    known = [*titled.get(same_text_key(entry.title), ()), *titled.get(entry.title, ())]
    possible = [one for one in known if not _is_another(entry, ids.get(one.film.id, {}))]
    for is_main in (True, False):
        films = _distinct(one.film for one in possible if one.is_main == is_main and one.film.year == entry.year)
        if len(films) == 1:
            return Match(films[0])
        if films:
            return Match(candidates=films[:MOST_CANDIDATES], reason="Several films here have this title and year")
    return _nearly(entry, _distinct(one.film for one in possible))


def _nearly(entry: Entry, films: tuple[Candidate, ...]) -> Match:
    if entry.year is None and films:
        return Match(candidates=films[:MOST_CANDIDATES], reason="It has no year, and the title alone does not tell")
    near = tuple(film for film in films if entry.year is not None and abs(film.year - entry.year) <= 1)
    if near:
        return Match(candidates=near[:MOST_CANDIDATES], reason="A film here has this title, of the year beside it")
    return Match(reason="No film here has this title and year")


def _is_another(entry: Entry, ids: Mapping[str, str]) -> bool:
    """Some source gives the two different ids."""
    return any(ids.get(source, value) != value for source, value in entry.ids.items())


def _distinct(films: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(sorted(dict.fromkeys(films), key=lambda film: (film.year, film.id)))
