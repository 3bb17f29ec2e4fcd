"""A Redis of the test's own, to be killed, paused and started again, and a slow way to it."""

import asyncio
import shutil
import signal
import socket
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

PROGRAM = shutil.which("redis-server")


@dataclass
class Server:
    folder: Path
    port: int
    process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Empty: it keeps nothing on disk. Returns when it answers."""
        assert PROGRAM is not None
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        self.process = await create_subprocess_exec(PROGRAM, *options, stdout=DEVNULL, stderr=DEVNULL)
        async with asyncio.timeout(20), Redis.from_url(self.url) as redis:
            while True:
                with suppress(Exception):
                    await redis.ping()
                    return
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            await self.process.wait()

    async def pause(self) -> None:
        """It accepts, and never answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    async def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def flush(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.flushall()

    async def refuse_writes(self) -> None:
        """As when its memory is full and nothing may be evicted."""
        async with Redis.from_url(self.url) as redis:
            await redis.config_set("maxmemory", 1)

    async def take_writes(self) -> None:
        async with Redis.from_url(self.url) as redis:
            await redis.config_set("maxmemory", 0)


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = Server(folder, port)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


@dataclass
class Way:
    """`delay`: seconds that every answer takes on it."""

    url: str = ""
    delay: float = 0.0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)


@asynccontextmanager
async def slow_way(to: Server) -> AsyncIterator[Way]:
    way = Way()
    tasks: set[asyncio.Task[None]] = set()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, slow: bool) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if slow:
                    await asyncio.sleep(way.delay)
                sink.write(data)
                await sink.drain()
        sink.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", to.port)
        way.writers.extend((writer, there_writer))
        tasks.add(asyncio.create_task(pump(reader, there_writer, slow=False)))
        tasks.add(asyncio.create_task(pump(there_reader, writer, slow=True)))

    server = await asyncio.start_server(connect, "127.0.0.1", 0)
    way.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    try:
        yield way
    finally:
        server.close()
        for writer in way.writers:
            writer.close()
        await asyncio.gather(*tasks)
