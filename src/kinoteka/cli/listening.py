"""HTTP in this process: granian inside our event loop, as fast as its own processes (37,000 bare requests/s a core)."""

import asyncio
import os
import socket
from asyncio import Event
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from granian.constants import Interfaces
from granian.net import SocketHolder  # type: ignore[attr-defined] # it is there under that name
from granian.server.embed import Server
from litestar.types import ASGIApp
from rich.panel import Panel

from kinoteka import __version__
from kinoteka.cli import doors
from kinoteka.cli.doors import Endpoint
from kinoteka.cli.lifecycle import Life
from kinoteka.cli.terminal import output
from kinoteka.errors import UsageError
from kinoteka.web.leaving import Leaving

GRACE, LONG_GRACE = 15.0, 300.0
"""Seconds that requests under way have when the server stops; when others answer meanwhile."""
_IDLE = 5.0  # seconds that kept connections have for one more request, which is told to close


class _Server(Server):
    """On a socket that is there already, and may be shared with other processes."""

    def __init__(self, app: ASGIApp, accepting: int) -> None:
        super().__init__(app, interface=Interfaces.ASGI, log_enabled=False, websockets=False, backlog=doors.BACKLOG)
        self._accepting = accepting

    def _init_shared_socket(self) -> None:
        self._ssp = None
        self._shd = SocketHolder(self._accepting, False, doors.BACKLOG)  # type: ignore[assignment,call-arg] # untyped


@dataclass
class RunningServer:
    server: Server
    task: asyncio.Task[None]

    async def run_until(self, stop: Event) -> None:
        """Raises UsageError when the server ends by itself."""
        await _first(self.task, stop)
        if self.task.done():
            raise _ended(self.task)


@asynccontextmanager
async def listen(app: ASGIApp, door: socket.socket, life: Life, grace: float = GRACE) -> AsyncIterator[RunningServer]:
    """Answers when the block begins; at its end nothing new is accepted and requests under way are finished.

    From the moment `life.stop` is set answers ask the client to close the connection. Takes the socket over.
    """
    leaving = Leaving(app, life.stop)
    doors.open_door(door)
    accepting = os.dup(door.fileno())  # the server closes it
    server = _Server(leaving, accepting)
    task = asyncio.create_task(server.serve())
    try:
        await _first(task, leaving.started)
        if task.done():
            raise _ended(task)
        yield RunningServer(server, task)
    finally:
        await _leave(door, accepting, 0 if life.is_hurried or task.done() else _IDLE)
        await _stop(server, task, grace)


async def _first(task: asyncio.Task[None], event: Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


async def _leave(door: socket.socket, accepting: int, idle: float) -> None:
    """Returns when no client is connected any more, or has had nothing to ask for so long."""
    port = doors.endpoint_of(door).port
    await doors.close_door(door, accepting)
    await doors.wait_while(lambda: doors.count_connections(port), idle)


async def _stop(server: Server, task: asyncio.Task[None], grace: float) -> None:
    server.stop()  # type: ignore[no-untyped-call] # granian has no types here
    done, _ = await asyncio.wait([task], timeout=grace)
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
