"""What can be found: a record of the catalogue and the fields it is found by."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from math import log10
from typing import cast
from uuid import UUID

import msgspec
from msgspec import Struct

from kinoteka.catalogue.documents import Kind, Record
from kinoteka.catalogue.filmography import IndexedPerson, decode_person
from kinoteka.catalogue.schemas import Actor, Film, Genre, GenreName, PersonName
from kinoteka.catalogue.text import same_text_key
from kinoteka.search.analysis.numbers import with_digits
from kinoteka.search.analysis.sounds import word_sounds
from kinoteka.search.analysis.stems import stems_of
from kinoteka.search.analysis.words import joined_compounds, split_text, split_words
from kinoteka.search.keys import stored_keys, trigrams

ANALYSIS_VERSION = 6
"""Raise it whenever make_document would answer otherwise for the same record; an older index is then built anew."""


class Document(Struct, frozen=True, kw_only=True):
    """`body` and `item` are the API's answers, a person's body but for what `catalogue.filmography` adds; everything
    else is for finding.

    Texts are analysed here: words with spaces between, which an engine splits at the spaces and leaves alone, but for
    their beginnings (`search.beginnings`).
    """

    kind: Kind
    id: UUID
    version: int
    body: bytes
    item: bytes
    digest: bytes
    """16 bytes over version, body, item and the version of the analysis: equal digests mean the index is right."""
    sort_text: str
    """Title or name, folded: what lists are sorted by."""
    quality: float
    """1.0 to 1.1: how much likelier than others it is meant, all else being equal."""
    titles: tuple[str, ...] = ()
    """Films only: each of its titles."""
    title_stems: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Titles, people, year and genres of a film; the name of a person or genre."""
    stems: tuple[str, ...] = ()
    """Everything, description and characters included, as stems. Each once, as trigrams are: engines need not count."""
    exact: tuple[str, ...] = ()
    squeezed: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    word_sounds: tuple[str, ...] = ()
    """Of each word of the names above, one or two."""
    grams: tuple[str, ...] = ()
    first_words: tuple[str, ...] = ()
    """Of each title, where it is not the only one."""
    same_text: str | None = None
    """Genres only: the name's key, by which names are the same."""
    externals: tuple[str, ...] = ()
    """imdb:tt0076759"""
    genres: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    """Of a film: director:… with a person's id; of a person: role:director."""
    year: int | None = None
    minutes: int | None = None
    rating: float | None = None
    votes: int | None = None
    weighted_rating: float | None = None
    created_at: int | None = None
    """Microseconds since 1970."""
    film_count: int | None = None


_FILM = msgspec.json.Decoder(Film)
_GENRE = msgspec.json.Decoder(Genre)


def make_document(kind: Kind, record: Record) -> Document:
    """Of a record as the index stores it. Raises msgspec.ValidationError when its body has another shape."""
    match kind:
        case "film":
            return _film_document(record, _FILM.decode(record.body))
        case "person":
            person = decode_person(record.body)
            quality = 1 + 0.1 * _share(person.film_count, 3)
            return _named_document(kind, record, person.name, person.film_count, quality, _roles(person))
        case "genre":
            genre = _GENRE.decode(record.body)
            return _named_document(kind, record, genre.name, genre.film_count, 1.1)


def digest(record: Record) -> bytes:
    """The digest of the record's document, without making it."""
    parts = (ANALYSIS_VERSION, record.version, len(record.body))
    return hashlib.blake2b(repr(parts).encode() + record.body + record.item, digest_size=16).digest()


def sort_text(name: str) -> str:
    """What a title or name is sorted by."""
    return " ".join(split_words(name)) or name


def film_titles(film: Film) -> tuple[str, ...]:
    """Main, original and alternative titles, each once."""
    original = [film.original_title] if film.original_title else []
    return tuple(dict.fromkeys([film.title, *original, *(other.title for other in film.alternative_titles)]))


def _film_document(record: Record, film: Film) -> Document:
    titles = film_titles(film)
    keys = stored_keys(titles)
    title_texts = [words for title in titles for words in _written_ways(title)]
    name_texts = [*title_texts, *map(split_words, _other_names(film))]
    title_words, name_words = _words(title_texts), _words(name_texts)
    return Document(
        kind="film",
        id=record.id,
        version=record.version,
        body=record.body,
        item=record.item,
        digest=digest(record),
        sort_text=sort_text(film.title),
        quality=1 + 0.08 * _share(film.votes, 7) + 0.02 / max(1, len(split_words(film.title))),
        titles=_texts(title_texts),
        title_stems=_stems(title_words),
        names=_texts(name_texts),
        stems=_stems(chain(name_words, *_plot(film))),
        exact=keys.exact,
        squeezed=keys.squeezed,
        sounds=keys.sounds,
        word_sounds=_word_sounds(name_words),
        grams=_grams(keys.squeezed),
        first_words=tuple(dict.fromkeys([words[0] for words in title_texts if len(words) > 1])),
        externals=_externals(film),
        genres=tuple(_ids(film.genres)),
        credits=_credits(film),
        year=film.year,
        minutes=film.minutes,
        rating=film.rating,
        votes=film.votes,
        weighted_rating=film.weighted_rating,
        created_at=_microseconds(film.created_at),
    )


def _other_names(film: Film) -> list[str]:
    """What a film is found by beside its titles."""
    credited: Iterable[PersonName | Actor] = chain(film.directors, film.writers, film.actors)
    people = dict.fromkeys([person.name for person in credited])
    return [*people, *(genre.name for genre in film.genres), str(film.year)]


def _plot(film: Film) -> list[tuple[str, ...]]:
    """The words of the description, and of each character."""
    characters = [split_words(actor.character) for actor in film.actors if actor.character]
    return [split_text(film.description or ""), *characters]


def _externals(film: Film) -> tuple[str, ...]:
    known = (("imdb", film.external_ids.imdb), ("tmdb", film.external_ids.tmdb))
    return tuple(f"{source}:{value}" for source, value in known if value)


def _named_document(
    kind: Kind, record: Record, name: str, film_count: int, quality: float, roles: tuple[str, ...] = ()
) -> Document:
    keys = stored_keys([name], with_numbers=False)  # an initial is no Roman numeral
    texts = [way for way in (split_words(name), joined_compounds(name)) if way]
    words = _words(texts)
    return Document(
        kind=kind,
        id=record.id,
        version=record.version,
        body=record.body,
        item=record.item,
        digest=digest(record),
        sort_text=sort_text(name),
        quality=quality,
        names=_texts(texts),
        stems=_stems(words),
        exact=keys.exact,
        squeezed=keys.squeezed,
        sounds=keys.sounds,
        word_sounds=_word_sounds(words),
        grams=_grams(keys.squeezed),
        same_text=same_text_key(name) if kind == "genre" else None,
        credits=roles,
        film_count=film_count,
    )


def _share(count: int, digits: int) -> float:
    """0 for none to 1 for a number of so many digits, by its logarithm."""
    return min(1.0, log10(1 + count) / digits)


def _written_ways(title: str) -> list[tuple[str, ...]]:
    words = split_words(title)
    return list(dict.fromkeys(way for way in (words, with_digits(words), joined_compounds(title)) if way))


def _texts(texts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(" ".join, filter(None, texts))))


def _words(texts: Iterable[tuple[str, ...]]) -> dict[str, None]:
    """Each word once, in the order they come first: what is made of words is made once for each."""
    return dict.fromkeys(chain.from_iterable(texts))


def _stems(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(map(stems_of, words))))


def _word_sounds(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(map(word_sounds, words))))


def _grams(squeezed: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(map(trigrams, squeezed))))


def _roles(person: IndexedPerson) -> tuple[str, ...]:
    return tuple(dict.fromkeys([f"role:{role}" for work in person.films for role in work.roles]))


def _credits(film: Film) -> tuple[str, ...]:
    roles = (("director", film.directors), ("writer", film.writers), ("actor", film.actors))
    return tuple(
        dict.fromkeys([f"{role}:{id}" for role, people in roles for id in _ids(people)])  # noqa: A001 - the field's own term
    )


def _ids(named: Sequence[GenreName | PersonName | Actor]) -> list[str]:
    """As str(UUID) writes them, several times faster."""
    return cast(list[str], msgspec.to_builtins([each.id for each in named]))


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
