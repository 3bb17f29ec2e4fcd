"""A way to PostgreSQL that a test can cut."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.engine import make_url

Cut = Callable[[], Awaitable[None]]


@asynccontextmanager
async def proxy(dsn: str) -> AsyncIterator[tuple[str, Cut]]:
    """The URL that leads through it; `cut` ends every connection and lets no other in."""
    target = make_url(dsn)
    writers: list[asyncio.StreamWriter] = []
    tasks: set[asyncio.Task[None]] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = str(target.query.get("host", target.host)), target.port or 5432
        there = (
            asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            if host.startswith("/")
            else asyncio.open_connection(host, port)
        )
        server_reader, server_writer = await there
        writers.extend((writer, server_writer))
        for source, sink in ((reader, server_writer), (server_reader, writer)):
            task = asyncio.create_task(_pump(source, sink))
            tasks.add(task)

    server = await asyncio.start_server(connect, "127.0.0.1", 0)

    async def cut() -> None:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*tasks)

    address = server.sockets[0].getsockname()
    try:
        yield target.set(host=address[0], port=address[1], query={}).render_as_string(hide_password=False), cut
    finally:
        await cut()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
