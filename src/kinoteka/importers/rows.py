"""A film to import, whatever format it came in; UNSET means «leave what is there»."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from kinoteka.catalogue.limits import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_CHARACTER,
    LONGEST_DESCRIPTION,
    LONGEST_GENRE,
    LONGEST_MINUTES,
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_LISTED,
    MOST_VOTES,
)
from kinoteka.catalogue.text import is_blank

RowFault = tuple[str, str]
"""(reason, in words)."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class PersonRef(Struct, frozen=True):
    """By id; or by name where there is none: the one person of exactly that name, else a new one."""

    id: UUID | None = None
    name: str | None = None
    character: str | None = None


class GenreRef(Struct, frozen=True):
    id: UUID | None = None
    name: str | None = None


class TitleRef(Struct, frozen=True):
    title: str
    language: str | None = None


class FilmRow(Struct, frozen=True, kw_only=True):
    """`rating` and `votes` are the prior. The timestamps are kept for films that are new here and ignored otherwise."""

    title: str
    year: int
    id: UUID | None = None
    original_title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    minutes: int | UnsetType | None = UNSET
    rating: Decimal | UnsetType | None = UNSET
    votes: int | UnsetType = UNSET
    genres: list[GenreRef] | UnsetType = UNSET
    directors: list[PersonRef] | UnsetType = UNSET
    writers: list[PersonRef] | UnsetType = UNSET
    actors: list[PersonRef] | UnsetType = UNSET
    alternative_titles: list[TitleRef] | UnsetType = UNSET
    imdb: str | UnsetType | None = UNSET
    tmdb: str | UnsetType | None = UNSET
    created_at: datetime | None = None
    updated_at: datetime | None = None


def list_faults(film: FilmRow) -> list[RowFault]:
    """Everything that keeps this film out of the catalogue."""
    return [*_scalar_faults(film), *_rating_faults(film), *_list_faults(film)]


def text_fault(name: str, text: str, longest: int) -> RowFault | None:
    """What is wrong with a line of text, which has no line breaks in it."""
    if _CONTROL.search(text):
        return f"{name}_control", f"{name} holds a control character"
    return prose_fault(name, text, longest)


def prose_fault(name: str, text: str, longest: int) -> RowFault | None:
    """Like `text_fault`, with line breaks allowed."""
    if _UNSTORABLE.search(text):
        return f"{name}_encoding", f"{name} holds a NUL or is not valid UTF-8"
    if is_blank(text):
        return f"{name}_blank", f"{name} is blank"
    if len(text) > longest:
        return f"{name}_long", f"{name} has {len(text):,} characters, more than {longest:,}"
    return None


def language_of(text: str) -> str | None:
    """The text itself when it is a language tag such as uk or pt-BR."""
    return text if _LANGUAGE.fullmatch(text) and len(text) <= 35 else None


def same_name(name: str) -> str:
    """What two spellings of a person's name share when people are found by name."""
    return unicodedata.normalize("NFC", name)


def _scalar_faults(film: FilmRow) -> Iterator[RowFault]:
    texts = [
        text_fault("title", film.title, LONGEST_TITLE),
        text_fault("original_title", film.original_title, LONGEST_TITLE)
        if isinstance(film.original_title, str)
        else None,
        prose_fault("description", film.description, LONGEST_DESCRIPTION)
        if isinstance(film.description, str)
        else None,
    ]
    yield from filter(None, texts)
    if not FIRST_YEAR <= film.year <= LAST_YEAR:
        yield "year_range", f"year {film.year} is not between {FIRST_YEAR} and {LAST_YEAR}"
    if isinstance(film.minutes, int) and not 1 <= film.minutes <= LONGEST_MINUTES:
        yield "minutes_range", f"minutes {film.minutes} is not between 1 and {LONGEST_MINUTES:,}"
    for source, value in (("imdb", film.imdb), ("tmdb", film.tmdb)):
        if isinstance(value, str) and not _EXTERNAL_ID.fullmatch(value):
            yield "external_id", f"{source} id {value[:80]!r} has characters other than letters, digits, . _ -"


def _rating_faults(film: FilmRow) -> Iterator[RowFault]:
    rating = film.rating if isinstance(film.rating, Decimal) else None
    votes = film.votes or 0
    if rating is not None and not 1 <= rating <= 10:
        yield "rating_range", f"rating {rating} is not between 1 and 10"
    if not 0 <= votes <= MOST_VOTES:
        yield "votes_range", f"votes {votes} is not between 0 and {MOST_VOTES:,}"
    if (rating is None) != (votes == 0):
        yield "rating_votes", "a rating needs votes, and votes need a rating"


def _list_faults(film: FilmRow) -> Iterator[RowFault]:
    for role, people in (("directors", film.directors), ("writers", film.writers), ("actors", film.actors)):
        yield from _length_fault(role, people or [])
        for person in people or []:
            yield from _person_faults(role, person)
    yield from _length_fault("genres", film.genres or [])
    for genre in film.genres or []:
        yield from _named_faults("genre", genre.id, genre.name, LONGEST_GENRE)
    yield from _length_fault("alternative_titles", film.alternative_titles or [])
    for other in film.alternative_titles or []:
        yield from filter(None, [text_fault("alternative_title", other.title, LONGEST_TITLE)])
        if other.language is not None and language_of(other.language) is None:
            yield "language", f"{other.language[:40]!r} is not a language tag such as uk or pt-BR"


def _length_fault(name: str, values: list[PersonRef] | list[GenreRef] | list[TitleRef]) -> Iterator[RowFault]:
    if len(values) > MOST_LISTED:
        yield f"{name}_long", f"{name} lists {len(values):,}, more than {MOST_LISTED:,}"


def _person_faults(role: str, person: PersonRef) -> Iterator[RowFault]:
    yield from _named_faults(role, person.id, person.name, LONGEST_NAME)
    if person.character is not None:
        yield from filter(None, [prose_fault("character", person.character, LONGEST_CHARACTER)])
        if role != "actors":
            yield "character", "only actors have characters"


def _named_faults(what: str, identifier: UUID | None, name: str | None, longest: int) -> Iterator[RowFault]:
    if name is not None:
        yield from filter(None, [text_fault(what, name, longest)])
    elif identifier is None:
        yield what, f"{what}: an entry has neither id nor name"
