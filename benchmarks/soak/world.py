"""What there is to ask for and to write about."""

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import asyncpg

from benchmarks.soak.ledger import Ledger


@dataclass
class World:
    """The catalogue as it was at the beginning; none of it is deleted."""

    random: Random
    films: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)

    def new_id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


async def look_around(url: str, random: Random) -> World:
    connection = await asyncpg.connect(url)
    try:
        films = await connection.fetch("SELECT id, title FROM film ORDER BY id")
        persons = await connection.fetch("SELECT id FROM person ORDER BY id")
        genres = await connection.fetch("SELECT id FROM genre ORDER BY id")
    finally:
        await connection.close()
    world = World(random, [str(film["id"]) for film in films], [film["title"] for film in films])
    world.persons, world.genres = ([str(row["id"]) for row in rows] for rows in (persons, genres))
    return world
