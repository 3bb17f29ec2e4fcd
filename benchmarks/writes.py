"""`python -m benchmarks.writes`: what the outbox costs those who write, through SQL, on an embedded PostgreSQL.

Four connections change a made-up catalogue without pause, each change in its own transaction. In turn with the triggers
that fill the outbox and without them: `ALTER TABLE … DISABLE TRIGGER`, so that foreign keys and all the rest stay.
Nobody empties the outbox meanwhile; between the rounds it is emptied. PostgreSQL has one core, the writers another.
"""

import argparse
import asyncio
from random import Random
from time import perf_counter
from typing import Any

import asyncpg
import uvloop

from benchmarks import changes, databases, table
from benchmarks.changes import World
from benchmarks.lines import Line

FILMS, GENRES = 10_000, 20
WRITERS = 4
WITHOUT = "without the outbox"
_TRIGGERS = """
SELECT tgrelid::regclass::text AS of, tgname AS name FROM pg_trigger
WHERE NOT tgisinternal AND tgname LIKE 'search\\_%' ORDER BY 1, 2
"""


async def measure(arguments: Any) -> list[Line]:
    with_outbox, without = [], []
    async with databases.server(own=True) as server, databases.catalogue(server) as database:
        connections = [await database.connect() for _ in range(WRITERS)]
        world = await changes.populate(connections[0], Random(1), arguments.films, arguments.films, GENRES)
        await _write(connections, world, arguments.seconds)  # warm from now on
        for number in range(arguments.rounds):
            for is_on in (True, False) if number % 2 else (False, True):
                await _switch(connections[0], is_on)
                rates = with_outbox if is_on else without
                rates.append(await _write(connections, world, arguments.seconds))
        for connection in connections:
            await connection.close()
    return [Line(name="changes through SQL", unit="/s", values=with_outbox, of=WITHOUT, beside=without)]


async def _switch(connection: asyncpg.Connection, is_on: bool) -> None:
    triggers = await connection.fetch(_TRIGGERS)
    assert triggers, "no trigger fills the outbox"
    for trigger in triggers:
        verb = "ENABLE" if is_on else "DISABLE"
        await connection.execute(f'ALTER TABLE {trigger["of"]} {verb} TRIGGER "{trigger["name"]}"')
    await connection.execute("TRUNCATE search_outbox")


async def _write(connections: list[asyncpg.Connection], world: World, seconds: float) -> float:
    """Changes a second."""
    began = perf_counter()
    done = await asyncio.gather(*(_change(one, world, began + seconds) for one in connections))
    return sum(done) / (perf_counter() - began)


async def _change(connection: asyncpg.Connection, world: World, deadline: float) -> int:
    done = 0
    while perf_counter() < deadline:
        done += await changes.apply(connection, changes.draw(world, changes.COMMON))
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=FILMS)
    parser.add_argument("--seconds", type=float, default=3, help="length of one round")
    parser.add_argument("--rounds", type=int, default=5)
    table.show(uvloop.run(measure(parser.parse_args())), "Writers")


if __name__ == "__main__":
    main()
