"""A process that writes to an index until it is killed: it prints each number once the film of that number is written.

Every tenth time it builds the index anew with all films so far. Arguments: the folder, the first number.
"""

import asyncio
import sys
from pathlib import Path

from search_catalogue import documents, film

from kinoteka.search.tantivy import TantivyEngine


async def write_on(folder: Path, number: int) -> None:
    engine = TantivyEngine(folder)
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
    asyncio.run(write_on(Path(sys.argv[1]), int(sys.argv[2])))
