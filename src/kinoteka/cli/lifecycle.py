"""The life of a process that runs until it is told to end."""

import asyncio
import os
import signal
from asyncio import Event, Task
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any


class Life:
    """The first SIGINT or SIGTERM ends the work in order, the second at once (the embedded PostgreSQL then ends by
    itself). `stop` is set by the first."""

    def __init__(self) -> None:
        self.stop = Event()
        self._received: int | None = None
        self._starting: Task[None] | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> Task[None]:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._receive, number)
        self._starting = asyncio.create_task(work)
        return self._starting

    def started(self) -> None:
        """From here on a signal sets `stop` and nothing else; until now it cancels the work."""
        self._starting = None

    @property
    def is_hurried(self) -> bool:
        """A person at the terminal waits for the end."""
        return self._received == signal.SIGINT

    @property
    def exit_status(self) -> int:
        """130 for Ctrl-C, as shells expect; 0 for SIGTERM, which is how a server is asked to end."""
        return 130 if self._received == signal.SIGINT else 0

    def _receive(self, number: int) -> None:
        if self._received is not None:
            os._exit(128 + number)
        self._received = number
        self.stop.set()
        if self._starting:
            self._starting.cancel()


async def live(work: Callable[[Life], Coroutine[Any, Any, None]]) -> int:
    """Runs it under signals; the exit status."""
    life = Life()
    with suppress(asyncio.CancelledError):
        await life.begin(work(life))
    return life.exit_status
