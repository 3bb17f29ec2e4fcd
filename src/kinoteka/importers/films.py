"""Puts film rows into the staging tables: the way of every format but IMDb's."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from uuid import UUID

from msgspec import UNSET

from kinoteka.catalogue.text import same_text_key
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.rows import FilmRow, GenreRef, PersonRef, list_faults, same_name
from kinoteka.importers.staging import FIELDS, Stage, copy_line

_REMEMBERED = 200_000  # persons not staged again; bounds memory, not correctness


class FilmStager:
    """Stages films one by one; the caller flushes the stage."""

    def __init__(self, stage: Stage, findings: Findings, file: int) -> None:
        self._rows = stage.rows
        self._findings = findings
        self._file = file
        self._seen: set[str] = set()

    def add(self, film: FilmRow, line: int) -> None:
        """Stages a film without faults; refuses one that has some."""
        if faults := list_faults(film):
            self._findings.refuse_row(self._file, line, faults)
        else:
            self.stage(film, line)

    def stage(self, film: FilmRow, line: int) -> None:
        """A film that is known to have no faults."""
        self._add_film(film, line)
        for role, people in (("director", film.directors), ("writer", film.writers), ("actor", film.actors)):
            for position, person in enumerate(people or []):
                self._add_credit(person, role, position, line)
        for position, genre in enumerate(film.genres or []):
            self._add_genre(genre, position, line)
        self._rows["stage_title"].extend(
            copy_line(line, position, other.title, other.language, self._file, line)
            for position, other in enumerate(film.alternative_titles or [])
        )

    def _add_film(self, film: FilmRow, line: int) -> None:
        values = (_or_none(value) for value in (film.id, film.imdb, film.tmdb))
        texts = (film.title, same_text_key(film.title), _or_none(film.original_title), _or_none(film.description))
        numbers = (film.year, _or_none(film.minutes), _or_none(film.rating), film.votes or 0)
        stamps = (film.created_at, film.updated_at)
        self._rows["stage_film"].append(
            copy_line(line, self._file, line, _brought_fields(film), *values, *texts, *numbers, *stamps)
        )

    def _add_credit(self, person: PersonRef, role: str, position: int, line: int) -> None:
        ref = _person_ref(person)
        self._rows["stage_credit"].append(copy_line(line, role, position, ref, person.character, self._file, line))
        if ref in self._seen:
            return
        if person.name is not None:  # an entry without a name must not hide a later one that has it
            self._remember(ref)
        name = person.name if person.name is None or person.id else same_name(person.name)
        self._rows["stage_person"].append(copy_line(ref, self._file, line, person.id, None, name, None, None))

    def _add_genre(self, genre: GenreRef, position: int, line: int) -> None:
        key = same_text_key(genre.name) if genre.name is not None else None
        self._rows["stage_genre"].append(copy_line(line, position, genre.id, genre.name, key, line))

    def _remember(self, ref: str) -> None:
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen.add(ref)


async def load(
    stage: Stage, findings: Findings, rows: Iterable[FilmRow] | AsyncIterable[FilmRow], progress: Progress
) -> None:
    stager = FilmStager(stage, findings, findings.file("films"))
    count = 0
    async for film in _each(rows):
        count += 1
        stager.add(film, count)
        if stage.is_full():
            await stage.flush()
    progress("films", count, count, count)


async def _each(rows: Iterable[FilmRow] | AsyncIterable[FilmRow]) -> AsyncIterator[FilmRow]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row


def _brought_fields(film: FilmRow) -> int:
    brought = {
        "original_title": film.original_title,
        "minutes": film.minutes,
        "prior": film.rating,
        "description": film.description,
        "imdb": film.imdb,
        "tmdb": film.tmdb,
        "genre": film.genres,
        "director": film.directors,
        "writer": film.writers,
        "actor": film.actors,
        "title": film.alternative_titles,
    }
    return sum(FIELDS[name] for name, value in brought.items() if value is not UNSET)


def _person_ref(person: PersonRef) -> str:
    return str(person.id) if person.id is not None else "name:" + same_name(person.name or "")


def _or_none(value: object) -> str | int | UUID | None:
    return None if value is UNSET else value  # type: ignore[return-value]  # UNSET is the only other type that comes in
