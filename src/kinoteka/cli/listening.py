"""HTTP in this process: granian inside our event loop, as fast as its own processes (37,000 bare requests/s a core)."""

import asyncio
import socket
from asyncio import Event
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp
from rich.panel import Panel

from kinoteka import __version__
from kinoteka.cli.terminal import output
from kinoteka.errors import UsageError

_GRACE = 15.0  # seconds that requests under way have when the server stops
_POLL = 0.01
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a person typed, translated


class Endpoint(NamedTuple):
    """An IP address and a port that was free a moment ago."""

    address: str
    port: int

    @property
    def reachable(self) -> str:
        return _ANY.get(self.address, self.address)

    @property
    def url(self) -> str:
        host = f"[{self.reachable}]" if ":" in self.reachable else self.reachable
        return f"http://{host}:{self.port}"


@dataclass
class RunningServer:
    server: Server
    task: asyncio.Task[None]

    async def run_until(self, stop: Event) -> None:
        """Raises UsageError when the server ends by itself."""
        waiting = asyncio.create_task(stop.wait())
        await asyncio.wait([waiting, self.task], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.task.done():
            raise _ended(self.task)


def choose_endpoint(host: str, port: int) -> Endpoint:
    """Raises UsageError when the address is not this machine's or the port is taken."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
            name = probe.getsockname()
    except OSError as error:
        raise UsageError(
            f"Cannot listen on {host}, port {port} ({error.strerror}): choose another with --port or --host."
        ) from None
    return Endpoint(name[0], name[1])


@asynccontextmanager
async def listen(app: ASGIApp, endpoint: Endpoint) -> AsyncIterator[RunningServer]:
    """Answers when the block begins; at its end nothing new is accepted and requests under way are finished."""
    server = Server(
        app,
        address=endpoint.address,
        port=endpoint.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
        backlog=1024,
    )
    task = asyncio.create_task(server.serve())
    try:
        await _until_answering(endpoint, task)
        yield RunningServer(server, task)
    finally:
        await _stop(server, task)


async def _until_answering(endpoint: Endpoint, task: asyncio.Task[None]) -> None:
    while not await _answers(endpoint):
        if task.done():
            raise _ended(task)
        await asyncio.sleep(_POLL)


async def _answers(endpoint: Endpoint) -> bool:
    try:
        reader, writer = await asyncio.open_connection(endpoint.reachable, endpoint.port)
    except OSError:
        return False
    try:
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return bool(await reader.readline())
    finally:
        writer.close()


async def _stop(server: Server, task: asyncio.Task[None]) -> None:
    server.stop()  # type: ignore[no-untyped-call] # granian has no types here
    done, _ = await asyncio.wait([task], timeout=_GRACE)
    if not done:
        task.cancel()
    with suppress(asyncio.CancelledError, OSError, RuntimeError):
        await task


def _ended(task: asyncio.Task[None]) -> UsageError:
    reason = str(task.exception() or "it gave no reason").splitlines()[0]
    return UsageError(f"The HTTP server ended: {reason}.")


def show_addresses(endpoint: Endpoint) -> None:
    lines = (
        f"API            {endpoint.url}/api/v1/films",
        f"Documentation  {endpoint.url}/docs",
        f"OpenAPI        {endpoint.url}/openapi.json",
    )
    output.print(Panel("\n".join(lines), title=f"Kinoteka {__version__}", expand=False, padding=(0, 1)))
