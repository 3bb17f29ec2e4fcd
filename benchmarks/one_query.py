"""The least ASGI application that answers films from PostgreSQL: a query for each request, one film after the other."""

import itertools
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from benchmarks import least
from kinoteka.catalogue.documents import FILMS

_QUERY = FILMS.replace(":ids", "$1")
_CONNECTIONS = 8


async def serve(port: int, url: str, films: list[UUID]) -> None:
    turns = itertools.cycle(films)
    async with asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:

        async def ask() -> bytes:
            row = await pool.fetchrow(_QUERY, [next(turns)])
            return row["body"].encode() if row else b""

        await least.serve(least.make_app(ask), port)


if __name__ == "__main__":
    given = [UUID(line) for line in Path(sys.argv[3]).read_text().split()]
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], given))
