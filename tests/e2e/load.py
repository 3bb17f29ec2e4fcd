"""Clients that ask without pause, over connections that they keep and over new ones, and note what failed."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PAUSES = (0.0, 0.0, 0.01, 0.1, 0.5, 1.0)
"""Seconds between the requests on a kept connection: from busy to nearly idle."""
NEW = 3
_PATIENCE = 60.0


@dataclass
class Load:
    """`failures`: what became of requests that got no answer; `closed`: answers that announced the connection's end."""

    url: str
    path: str
    statuses: Counter[int] = field(default_factory=Counter)
    closed: int = 0
    failures: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    async def keep_asking(self, pause: float) -> None:
        """On one connection for as long as it lasts, then on the next one."""
        connection: tuple[StreamReader, StreamWriter] | None = None
        while not self.stopped:
            connection = connection or await self._connect()
            if connection and not await self._ask(*connection):
                connection = None
            await asyncio.sleep(pause)
        if connection:
            connection[1].close()

    async def ask_anew(self) -> None:
        """On a new connection each time."""
        while not self.stopped:
            connection = await self._connect()
            if connection:
                await self._ask(*connection)
                connection[1].close()
            await asyncio.sleep(0.002)

    async def _connect(self) -> tuple[StreamReader, StreamWriter] | None:
        parts = urlsplit(self.url)
        try:
            return await asyncio.open_connection(parts.hostname, parts.port)
        except OSError as error:
            self.failures.append(f"connect: {type(error).__name__}")
            await asyncio.sleep(0.05)
            return None

    async def _ask(self, reader: StreamReader, writer: StreamWriter) -> bool:
        """Whether the connection may be used again."""
        try:
            writer.write(f"GET {self.path} HTTP/1.1\r\nHost: kinoteka.test\r\n\r\n".encode())
            async with asyncio.timeout(_PATIENCE):
                return await self._read(reader, writer)
        except (OSError, EOFError) as error:
            self.failures.append(f"ask: {type(error).__name__}")
            writer.close()
            return False

    async def _read(self, reader: StreamReader, writer: StreamWriter) -> bool:
        lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        headers = dict(line.split(b": ", 1) for line in lines[1:] if line)
        await reader.readexactly(int(headers[b"content-length"]))
        self.statuses[int(lines[0].split()[1])] += 1
        if headers.get(b"connection") != b"close":
            return True
        self.closed += 1
        writer.close()
        return False


@asynccontextmanager
async def load(url: str, path: str) -> AsyncIterator[Load]:
    """Asks for as long as the block runs."""
    load = Load(url, path)
    clients = [*(load.keep_asking(pause) for pause in PAUSES), *(load.ask_anew() for _ in range(NEW))]
    tasks = [asyncio.create_task(client) for client in clients]
    try:
        yield load
    finally:
        load.stopped = True
        await asyncio.gather(*tasks)
