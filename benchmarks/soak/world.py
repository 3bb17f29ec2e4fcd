"""What there is to ask for and to write about."""

from dataclasses import dataclass, field
from random import Random
from time import monotonic
from uuid import UUID

import asyncpg

from benchmarks.soak.ledger import Ledger

PENDING = 60.0
"""Seconds for which what was written to may wait for the index: PostgreSQL may be away for most of them."""


@dataclass
class World:
    """The catalogue as it was at the beginning; none of it is deleted."""

    random: Random
    films: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    ledger: Ledger = field(default_factory=Ledger)
    written: dict[str, float] = field(default_factory=dict)
    """When somebody last began to write to a film or a person."""
    directors: dict[str, str] = field(default_factory=dict)
    """Of each film that was made: whatever becomes of it shows in the work of that person."""

    def touch(self, one: str) -> str:
        for touched in (one, self.directors.get(one, one)):
            self.written[touched] = monotonic()
        return one

    def needs_of(self, one: str) -> set[str]:
        """Of reading it: what was written to a moment ago may not have reached the index, and is told by the database
        alone."""
        return {"postgres"} if monotonic() - self.written.get(one, 0.0) < PENDING else set()

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
