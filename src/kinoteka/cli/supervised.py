"""A process that a supervisor started, seen from inside."""

import asyncio
import socket
from asyncio import Future, Task
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count

from kinoteka.cli.channel import AllCounts, Ask, Channel, Counts, Ready, open_channel
from kinoteka.cli.lifecycle import Life

_PATIENCE = 2.0  # seconds for the supervisor's answer

OwnCounts = Callable[[], str]
"""This process' counts in Prometheus' text format."""


class Link:
    """To the supervisor. When that one has ended, this process ends in order."""

    def __init__(self, channel: Channel, life: Life, own: OwnCounts) -> None:
        self._channel = channel
        self._life = life
        self._own = own
        self._numbers = count(1)
        self._asked: dict[int, Future[Mapping[str, str]]] = {}

    def ready(self) -> None:
        self._channel.send(Ready())

    async def gather(self) -> Mapping[str, str]:
        """The counts of every process by its name; only this one's when the supervisor does not answer."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._channel.send(Ask(number))
        try:
            return await asyncio.wait_for(answer, _PATIENCE)
        except TimeoutError:
            return {"": self._own()}
        finally:
            del self._asked[number]

    async def listen(self) -> None:
        while (message := await self._channel.receive()) is not None:
            if isinstance(message, Ask):
                self._channel.send(Counts(message.number, self._own()))
            elif isinstance(message, AllCounts) and (answer := self._asked.get(message.number)) and not answer.done():
                answer.set_result(message.texts)
        self._life.stop.set()

    async def close(self) -> None:
        self._channel.send(Counts(0, self._own()))
        await self._channel.close()


@asynccontextmanager
async def link(descriptor: int, life: Life, own: OwnCounts) -> AsyncIterator[Link]:
    """`descriptor`: this process' end of the pair of sockets."""
    link = Link(await open_channel(socket.socket(fileno=descriptor)), life, own)
    listening = asyncio.create_task(link.listen())
    try:
        yield link
    finally:
        await link.close()
        await _cancel(listening)


async def _cancel(task: Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
