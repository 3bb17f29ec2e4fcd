"""A small catalogue with everything that reading can trip over: nulls, ties, namesakes, three alphabets, markup."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Table, insert, text

from kinoteka.bootstrap import Services
from kinoteka.catalogue.documents import KINDS, build_indexed
from kinoteka.catalogue.models import alternative_title, credit, film, film_external_id, film_genre, genre, person
from kinoteka.catalogue.text import same_text_key
from kinoteka.database import Database
from kinoteka.search.documents import make_document

_SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
_BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
GENRES = ["Comedy", "Drama", "Science Fiction", "Ужасы", "Film-Noir", "R&B / <Musical>"]
MANY = 130


def id_of(kind: str, name: str) -> UUID:
    return uuid5(_SPACE, f"{kind}:{name}")


@dataclass
class Film:
    title: str
    year: int
    minutes: int | None = 90
    rating: float | None = None
    votes: int = 0
    genres: list[str] = field(default_factory=lambda: ["Drama"])
    directors: list[str] = field(default_factory=lambda: ["Ada Example"])
    writers: list[str] = field(default_factory=list)
    actors: list[tuple[str, str | None]] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    imdb: str | None = None
    description: str | None = None

    @property
    def id(self) -> UUID:
        return id_of("film", f"{self.title} {self.year}")


STALKER = Film(
    "Stalker",
    1979,
    162,
    8.1,
    900,
    ["Drama", "Science Fiction"],
    ["Andrei Tarkovsky"],
    ["Arkady Strugatsky", "Boris Strugatsky"],
    [("Alexander Kaidanovsky", "Stalker"), ("Nikolai Grinko", "Professor"), ("Alisa Freindlich", None)],
    {"ru": "Сталкер", "uk": "Сталкер"},
    "tt0079944",
    "A guide leads two men through the Zone to a room that grants wishes.",
)
OUTSIDERS = [
    STALKER,
    Film("Solaris", 1972, 167, 8.0, 700, ["Science Fiction"], ["Andrei Tarkovsky"], titles={"ru": "Солярис"}),
    Film("Solaris", 2002, 99, 6.2, 300, ["Science Fiction"], ["Steven Soderbergh"], imdb="tt0307479"),
    Film("Unrated and Endless", 2020, None, None, 0, ["Ужасы"]),
    Film('Tom & Jerry <b>Go</b> "West"', 1993, 84, 5.5, 10, ["R&B / <Musical>", "Comedy"]),
    Film("Тіні забутих предків", 1965, 97, 8.0, 650, ["Drama"], ["Сергій Параджанов"], titles={"en": "Shadows"}),
]


def _made() -> list[Film]:
    draw = random.Random(7)
    return [
        Film(
            f"Reel {number:03d}",
            1950 + number % 60,
            draw.choice([None, 80, 90, 90, 120, 200]),
            *draw.choice([(None, 0), (6.5, 40), (6.5, 40), (7.25, 100 + number), (3.0, 7)]),
            genres=draw.sample(GENRES, draw.randint(1, 3)),
            directors=[f"Director {number % 9}"],
            actors=[("Everywhere Actor", f"Part {number}")] + [(f"Extra {one}", None) for one in range(number % 8)],
            imdb=f"tt{9000000 + number}",
        )
        for number in range(MANY)
    ]


FILMS = [*OUTSIDERS, *_made()]


def people(one: Film) -> list[tuple[str, int, str, str | None]]:
    """(role, position, name, character)"""
    return [
        *[("director", place, name, None) for place, name in enumerate(one.directors)],
        *[("writer", place, name, None) for place, name in enumerate(one.writers)],
        *[("actor", place, name, character) for place, (name, character) in enumerate(one.actors)],
    ]


async def fill(database: Database, films: list[Film]) -> None:
    names = sorted({name for one in films for _, _, name, _ in people(one)})
    genres = sorted({name for one in films for name in one.genres})
    rows: list[tuple[Table, list[dict[str, Any]]]] = [
        (person, [{"id": id_of("person", name), "name": name} for name in names]),
        (genre, [{"id": id_of("genre", g), "name": g, "name_key": same_text_key(g)} for g in genres]),
        (film, [_film_row(one, number) for number, one in enumerate(films)]),
        (film_genre, [row for one in films for row in _genre_rows(one)]),
        (credit, [row for one in films for row in _credit_rows(one)]),
        (alternative_title, [row for one in films for row in _title_rows(one)]),
        (film_external_id, [{"source": "imdb", "value": o.imdb, "film_id": o.id} for o in films if o.imdb]),
    ]
    async with database.transaction() as connection:
        for table, values in rows:
            if values:
                await connection.execute(insert(table), values)


def _film_row(one: Film, number: int) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "title_key": same_text_key(one.title),
        "original_title": None,
        "description": one.description,
        "year": one.year,
        "minutes": one.minutes,
        "prior_rating": one.rating,
        "prior_votes": one.votes,
        "created_at": _BEGIN + timedelta(hours=number // 2),
    }


def _genre_rows(one: Film) -> list[dict[str, Any]]:
    return [
        {"film_id": one.id, "position": place, "genre_id": id_of("genre", name)}
        for place, name in enumerate(one.genres)
    ]


def _credit_rows(one: Film) -> list[dict[str, Any]]:
    return [
        {
            "film_id": one.id,
            "role": role,
            "position": place,
            "person_id": id_of("person", name),
            "character": character,
        }
        for role, place, name, character in people(one)
    ]


def _title_rows(one: Film) -> list[dict[str, Any]]:
    return [
        {"film_id": one.id, "position": place, "title": title, "language": language}
        for place, (language, title) in enumerate(one.titles.items())
    ]


async def index(services: Services) -> None:
    """Everything in the database, as a fresh index."""
    build = await services.engine.start_build()
    async with services.database.transaction() as connection:
        for kind in KINDS:
            table = {"film": film, "person": person, "genre": genre}[kind]
            ids = [row.id for row in await connection.execute(table.select())]
            await build.write([make_document(kind, record) for record in await build_indexed(connection, kind, ids)])
    await build.publish()
    await services.tokens.renew_all()


async def refresh(services: Services, kind: Any, id_: UUID) -> None:
    """What the indexer does for one changed document."""
    async with services.database.transaction() as connection:
        records = await build_indexed(connection, kind, [id_])
    deleted = [] if records else [(kind, id_)]
    await services.engine.write([make_document(kind, record) for record in records], deleted)
    await services.tokens.renew([kind, f"{kind}:{id_}"])


async def rename(services: Services, title: str, film: UUID = STALKER.id) -> None:
    async with services.database.transaction() as connection:
        statement = text("UPDATE film SET title = :title, version = version + 1 WHERE id = :id")
        await connection.execute(statement, {"title": title, "id": film})
