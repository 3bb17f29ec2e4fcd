"""Random changes of a catalogue through SQL, of every kind that the index must hear of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import asyncpg


@dataclass
class World:
    """The ids that changes are drawn from; some of them may not be in the catalogue (any more, or yet)."""

    random: Random
    films: list[UUID] = field(default_factory=list)
    persons: list[UUID] = field(default_factory=list)
    genres: list[UUID] = field(default_factory=list)

    def film(self) -> UUID:
        return self.random.choice(self.films)

    def person(self) -> UUID:
        return self.random.choice(self.persons)

    def genre(self) -> UUID:
        return self.random.choice(self.genres)

    def word(self) -> str:
        return "".join(self.random.choice("abcdefghijklmnoprstuvyzабвгдеі") for _ in range(self.random.randint(3, 9)))

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))


Statement = tuple[str, tuple[Any, ...]]
Change = Callable[[World], list[Statement]]


def retitle(world: World) -> list[Statement]:
    word = f"{world.word()} {world.word()}"
    return [("UPDATE film SET title = $2, title_key = $2, version = version + 1 WHERE id = $1", (world.film(), word))]


EDIT = """
UPDATE film SET description = $2, minutes = $3, prior_votes = $4, prior_rating = $5, year = $6, version = version + 1,
                updated_at = clock_timestamp() WHERE id = $1
"""
HIDE_OR_RESTORE = """
UPDATE {} SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END, version = version + 1 WHERE id = $1
"""


def edit(world: World) -> list[Statement]:
    text, minutes, year = world.word(), world.random.randint(1, 200), world.random.randint(1900, 2026)
    votes = world.random.choice([0, 5, 500])
    rating = world.random.randint(10, 100) / 10 if votes else None
    return [(EDIT, (world.film(), text, minutes, votes, rating, year))]


def hide_or_restore_film(world: World) -> list[Statement]:
    return [(HIDE_OR_RESTORE.format("film"), (world.film(),))]


def remove_film(world: World) -> list[Statement]:
    return [("DELETE FROM film WHERE id = $1", (world.film(),))]


def add_film(world: World) -> list[Statement]:
    """Often one that was removed comes back under its id."""
    film = world.film() if world.random.random() < 0.7 else world.new_id()
    world.films.append(film)
    word = world.word()
    return [
        ("INSERT INTO film (id, title, title_key, year) VALUES ($1, $2, $2, 2000)", (film, word)),
        ("INSERT INTO film_genre VALUES ($1, 0, $2)", (film, world.genre())),
        ("INSERT INTO credit VALUES ($1, 'director', 0, $2)", (film, world.person())),
        ("INSERT INTO credit VALUES ($1, 'actor', 0, $2, $3)", (film, world.person(), word)),
    ]


def rename_person(world: World) -> list[Statement]:
    name = f"{world.word()} {world.word()}"
    return [("UPDATE person SET name = $2, version = version + 1 WHERE id = $1", (world.person(), name))]


def hide_or_restore_person(world: World) -> list[Statement]:
    return [(HIDE_OR_RESTORE.format("person"), (world.person(),))]


def rename_genre(world: World) -> list[Statement]:
    return [("UPDATE genre SET name = $2, name_key = $2 WHERE id = $1", (world.genre(), world.word()))]


def hide_or_restore_genre(world: World) -> list[Statement]:
    return [(HIDE_OR_RESTORE.format("genre"), (world.genre(),))]


def add_credit(world: World) -> list[Statement]:
    role = world.random.choice(["director", "writer", "actor"])
    position = world.random.randint(0, 8)
    return [("INSERT INTO credit VALUES ($1, $2, $3, $4)", (world.film(), role, position, world.person()))]


def move_credit(world: World) -> list[Statement]:
    return [
        (
            "UPDATE credit SET person_id = $2 WHERE film_id = $1 AND role = 'actor' AND position = 0",
            (world.film(), world.person()),
        )
    ]


def remove_credits(world: World) -> list[Statement]:
    return [("DELETE FROM credit WHERE film_id = $1 AND position > 0", (world.film(),))]


def change_genres(world: World) -> list[Statement]:
    film = world.film()
    return [
        ("DELETE FROM film_genre WHERE film_id = $1 AND position = 1", (film,)),
        ("INSERT INTO film_genre VALUES ($1, 1, $2)", (film, world.genre())),
    ]


def change_titles(world: World) -> list[Statement]:
    film = world.film()
    return [
        ("DELETE FROM alternative_title WHERE film_id = $1", (film,)),
        ("INSERT INTO alternative_title VALUES ($1, 0, $2, 'uk')", (film, world.word())),
    ]


def change_external_id(world: World) -> list[Statement]:
    film = world.film()
    return [
        ("DELETE FROM film_external_id WHERE film_id = $1", (film,)),
        ("INSERT INTO film_external_id VALUES ('imdb', $2, $1)", (film, f"tt{world.random.randint(1, 9999)}")),
    ]


def score(world: World) -> list[Statement]:
    return [("INSERT INTO rating (film_id, score) VALUES ($1, $2)", (world.film(), world.random.randint(2, 20)))]


def describe(world: World) -> list[Statement]:
    """With another film's words: made-up ones would all be new to the index."""
    statement = """UPDATE film SET description = (SELECT description FROM film WHERE id = $2), version = version + 1,
                   updated_at = clock_timestamp() WHERE id = $1"""
    return [(statement, (world.film(), world.film()))]


def bulk(world: World) -> list[Statement]:
    return [
        ("SET LOCAL kinoteka.bulk = 'on'", ()),
        ("UPDATE film SET year = 1900 + (year + 1) % 120, version = version + 1 WHERE id > $1", (world.film(),)),
    ]


COMMON: list[tuple[Change, float]] = [
    (retitle, 6),
    (edit, 8),
    (hide_or_restore_film, 2),
    (remove_film, 2),
    (add_film, 5),
    (rename_person, 3),
    (hide_or_restore_person, 1),
    (add_credit, 3),
    (move_credit, 2),
    (remove_credits, 1),
    (change_genres, 2),
    (change_titles, 2),
    (change_external_id, 2),
    (score, 4),
]
EVERYDAY: list[tuple[Change, float]] = [
    (score, 70),
    (describe, 10),
    (edit, 3),
    (retitle, 2),
    (add_film, 3),
    (hide_or_restore_film, 1),
    (rename_person, 2),
    (add_credit, 4),
    (change_genres, 2),
    (change_external_id, 3),
]
"""Of a site with many viewers and some editors. A change of COMMON is one of four documents, one of these of 1.4."""
RARE: list[tuple[Change, float]] = [(rename_genre, 0.1), (hide_or_restore_genre, 0.05)]
BULK: list[tuple[Change, float]] = [(bulk, 0.06)]


def draw(world: World, choices: list[tuple[Change, float]]) -> list[Statement]:
    change = world.random.choices([change for change, _ in choices], [weight for _, weight in choices])[0]
    return change(world)


async def apply(connection: asyncpg.Connection, statements: list[Statement], roll_back: bool = False) -> bool:
    """False when the database refused it, as it must refuse some of these."""
    if len(statements) == 1 and not roll_back:
        return await _apply_alone(connection, *statements[0])
    transaction = connection.transaction()
    await transaction.start()
    try:
        for statement, arguments in statements:
            await connection.execute(statement, *arguments)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DeadlockDetectedError):
        await transaction.rollback()
        return False
    await (transaction.rollback() if roll_back else transaction.commit())
    return not roll_back


async def _apply_alone(connection: asyncpg.Connection, statement: str, arguments: tuple[Any, ...]) -> bool:
    """A transaction of its own, in one exchange with the server."""
    try:
        await connection.execute(statement, *arguments)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DeadlockDetectedError):
        return False
    return True


async def populate(connection: asyncpg.Connection, random: Random, films: int, persons: int, genres: int) -> World:
    """A catalogue of that size: two to eight credits and one to three genres a film. Past the outbox."""
    world = World(random)
    world.films, world.persons, world.genres = ([world.new_id() for _ in range(n)] for n in (films, persons, genres))
    named = {"film": world.films, "person": world.persons, "genre": world.genres}
    names = {doc_id: f"{world.word()} {world.word()} {n}" for ids in named.values() for n, doc_id in enumerate(ids)}
    genres_of = [
        (film, position, genre)
        for film in world.films
        for position, genre in enumerate(random.sample(world.genres, random.randint(1, 3)))
    ]
    cast = [
        (film, "actor", position, person)
        for film in world.films
        for position, person in enumerate(random.sample(world.persons, random.randint(2, 8)))
    ]
    async with connection.transaction():
        await connection.execute("SET LOCAL kinoteka.bulk = 'on'")
        copy = connection.copy_records_to_table
        rows = [(film, names[film], names[film], random.randint(1900, 2026), names[film] * 20) for film in world.films]
        await copy("film", records=rows, columns=["id", "title", "title_key", "year", "description"])
        await copy("person", records=[(doc_id, names[doc_id]) for doc_id in world.persons], columns=["id", "name"])
        rows_of_genres = [(doc_id, names[doc_id], names[doc_id]) for doc_id in world.genres]
        await copy("genre", records=rows_of_genres, columns=["id", "name", "name_key"])
        await copy("film_genre", records=genres_of, columns=["film_id", "position", "genre_id"])
        await copy("credit", records=cast, columns=["film_id", "role", "position", "person_id"])
    await connection.execute("ANALYZE")
    return world
