"""The demo catalogue: films of the world whose facts are true and whose ratings are made up.

Ids come from titles, years and names (UUID version 5), ratings and votes from a hash of the id: 5.0 to 9.0, 50 to 5,000
votes, the same on every machine. They say nothing about the films.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from importlib.resources import files
from typing import NamedTuple
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.json import decode
from sqlalchemy import text

from kinoteka.catalogue.weights import refresh_weights
from kinoteka.database import Database
from kinoteka.importers.report import Report
from kinoteka.importers.rows import FilmRow, GenreRef, PersonRef, TitleRef
from kinoteka.importers.service import import_films

_NAMESPACE = UUID("0d4f0c8e-6c1b-5a5e-9f0a-6b696e6f746b")
_NUMBER = re.compile(r" \([IVX]+\)$")
_FEWEST_VOTES, _MOST_VOTES = 50, 5000


class Actor(NamedTuple):
    name: str
    character: str | None


class DemoFilm(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the files; `titles` by language."""

    title: str
    original_title: str
    original_language: str
    titles: dict[str, str]
    year: int
    minutes: int
    genres: list[str]
    directors: list[str]
    writers: list[str]
    actors: list[Actor]
    description: str


def list_films() -> list[DemoFilm]:
    folder = files("kinoteka.ops") / "demo"
    parts = sorted((part for part in folder.iterdir() if part.name.endswith(".jsonl")), key=lambda part: part.name)
    return [decode(line, type=DemoFilm) for part in parts for line in part.read_bytes().splitlines()]


async def is_empty(database: Database) -> bool:
    async with database.transaction() as connection:
        return not (await connection.execute(text("SELECT EXISTS (SELECT FROM film)"))).scalar_one()


async def load(database: Database) -> Report:
    """All films in one transaction; run again it changes nothing but what was changed since."""
    report = await import_films(database, map(make_row, list_films()))
    async with database.transaction() as connection:
        await refresh_weights(connection)
    return report


def make_row(film: DemoFilm) -> FilmRow:
    id_ = make_id("film", f"{film.title} ({film.year})")
    rating, votes = made_up_rating(id_)
    return FilmRow(
        id=id_,
        title=film.title,
        original_title=film.original_title,
        year=film.year,
        minutes=film.minutes,
        description=film.description,
        rating=rating,
        votes=votes,
        genres=[GenreRef(make_id("genre", name), name) for name in film.genres],
        directors=_people(film.directors),
        writers=_people(film.writers),
        actors=[make_person(actor.name, actor.character) for actor in film.actors],
        alternative_titles=list(_alternative_titles(film)),
        imdb=None,
        tmdb=None,
    )


def make_id(kind: str, name: str) -> UUID:
    return uuid5(_NAMESPACE, f"{kind}:{name}")


def make_person(name: str, character: str | None = None) -> PersonRef:
    """Namesakes are told apart in the files by a Roman number: «Steve McQueen (II)»."""
    return PersonRef(make_id("person", name), _NUMBER.sub("", name), character)


def made_up_rating(id_: UUID) -> tuple[Decimal, int]:
    """5.0 to 9.0, most of them around 7; 50 to 5,000 votes, few films with many."""
    digest = blake2b(id_.bytes, digest_size=12, person=b"demo rating").digest()
    first, second, third = (int.from_bytes(digest[i : i + 4]) / 2**32 for i in (0, 4, 8))
    rating = Decimal(round(50 + 40 * (first + second) / 2)) / 10
    return rating, round(_FEWEST_VOTES * (_MOST_VOTES / _FEWEST_VOTES) ** third)


def _people(names: list[str]) -> list[PersonRef]:
    return [make_person(name) for name in dict.fromkeys(names)]


def _alternative_titles(film: DemoFilm) -> Iterator[TitleRef]:
    """The main title is the English one; a language that has the same words is no other title."""
    for language, title in film.titles.items():
        if title != film.title:
            yield TitleRef(title, language)
