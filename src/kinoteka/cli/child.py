"""A process of the supervisor's, seen from the supervisor."""

import asyncio
import os
import signal
import socket
import sys
from asyncio import Event, Future, Task
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count

from kinoteka.cli.channel import AllCounts, Ask, Channel, Counts, Ready, open_channel

_PATIENCE = 1.0  # seconds for a process to say what it counted

Gather = Callable[[], Awaitable[Mapping[str, str]]]
"""The counts of every process."""


class Child:
    """`counted`: the last it said of its counts."""

    def __init__(self, name: str, process: Process, channel: Channel, gather: Gather) -> None:
        self.name = name
        self.process = process
        self.counted = ""
        self._ready = Event()
        self._channel = channel
        self._gather = gather
        self._numbers = count(1)
        self._asked: dict[int, Future[str]] = {}
        self._answering: set[Task[None]] = set()
        self._listening = asyncio.create_task(self._listen())

    async def count(self) -> str:
        """Its counts; the last known ones when it does not answer."""
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        self._channel.send(Ask(number))
        with suppress(TimeoutError):
            await asyncio.wait_for(answer, _PATIENCE)
        del self._asked[number]
        return self.counted

    async def until_ready(self) -> bool:
        """False when it ended instead."""
        ready, ended = asyncio.create_task(self._ready.wait()), asyncio.create_task(self.process.wait())
        await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        ended.cancel()
        return self._ready.is_set()

    async def wait(self) -> int:
        """Its exit status, once all it said was heard."""
        status = await self.process.wait()
        await self._listening
        await self._channel.close()
        return status

    async def end(self, number: signal.Signals, patience: float) -> None:
        """Returns when it has ended: by itself, or by force when it takes longer than that."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            await asyncio.wait_for(asyncio.shield(self.process.wait()), patience)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self.process.kill()
        await self.wait()

    async def _listen(self) -> None:
        while (message := await self._channel.receive()) is not None:
            if isinstance(message, Ready):
                self._ready.set()
            elif isinstance(message, Counts):
                self._note(message)
            elif isinstance(message, Ask):
                task = asyncio.create_task(self._answer(message.number))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    def _note(self, counts: Counts) -> None:
        self.counted = counts.text
        answer = self._asked.get(counts.number)
        if answer and not answer.done():
            answer.set_result(counts.text)

    async def _answer(self, number: int) -> None:
        self._channel.send(AllCounts(number, dict(await self._gather())))


async def start(name: str, words: Sequence[str], inherited: Sequence[int], gather: Gather) -> Child:
    """`words`: the command, which also gets the descriptor of its end of the channel. `inherited`: descriptors."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kinoteka", *words, "--supervised", str(theirs.fileno())),
            env={**os.environ, **_ALONE},
            pass_fds=(*inherited, theirs.fileno()),
            stdin=DEVNULL,
            start_new_session=True,  # Ctrl-C is the supervisor's to pass on
        )
    return Child(name, process, await open_channel(ours), gather)


_ALONE = {"KINOTEKA_PROCESSES": "1", "KINOTEKA_DEMO": "false"}
