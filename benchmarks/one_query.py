"""The least ASGI application that answers films from PostgreSQL: a query for each request, one film after the other."""

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from kinoteka.catalogue.documents import FILMS

_QUERY = FILMS.replace(":ids", "$1")
_CONNECTIONS = 8


def make_app(pool: "asyncpg.Pool[asyncpg.Record]", films: list[UUID]) -> Any:
    turns = itertools.cycle(films)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        row = await pool.fetchrow(_QUERY, [next(turns)])
        body = row["body"].encode() if row else b""
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def serve(port: int, url: str, films: list[UUID]) -> None:
    async with asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS) as pool:
        app = make_app(pool, films)
        server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
        asyncio.get_running_loop().add_signal_handler(15, server.stop)
        await server.serve()


if __name__ == "__main__":
    given = [UUID(line) for line in Path(sys.argv[3]).read_text().split()]
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], given))
