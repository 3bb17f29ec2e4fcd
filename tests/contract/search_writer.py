"""A process that writes to an index until it is killed: it prints each number once the film of that number is written.

Every tenth time it builds the index anew with all films so far. Arguments: the engine, its place, the first number.
"""

import asyncio
import sys

from engines import make
from search_catalogue import documents, film


async def write_on(name: str, place: str, number: int) -> None:
    engine = make(name, place)
    assert await engine.open()
    while True:
        written = documents("film", [film(number, f"Film {number}")])
        if number % 10 == 0:
            build = await engine.start_build()
            await build.write(documents("film", [film(earlier, f"Film {earlier}") for earlier in range(number)]))
            await build.write(written)
            await build.publish()
        else:
            await engine.write(written)
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    asyncio.run(write_on(sys.argv[1], sys.argv[2], int(sys.argv[3])))
