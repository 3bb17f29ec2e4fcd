"""Several processes that answer from one listening socket, and one that keeps the index; started again when they end.

SIGTERM and Ctrl-C end them all in order. SIGHUP replaces them one after another: the new one answers before the old
one takes its leave, so that no request is lost.
"""

import asyncio
import signal
import socket
from asyncio import Lock, Task
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import structlog

from kinoteka.cli import child, listening
from kinoteka.cli.child import Child
from kinoteka.cli.lifecycle import Life
from kinoteka.errors import UsageError
from kinoteka.settings import Settings
from kinoteka.web.counts import merge_counts

START, END, LEAVE = 60.0, listening.GRACE + 10, listening.LONG_GRACE + 10
"""Seconds: for a process to answer, to end with all the others, to finish its requests when it was replaced."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_STEADY = 60.0  # seconds after which a process counts as one that works
_INDEXER = "indexer"

log = structlog.get_logger("kinoteka.supervisor")


@dataclass
class _Slot:
    """A place that one process has at a time. `words`: its command; `inherited`: descriptors that it gets."""

    name: str
    words: Sequence[str]
    inherited: Sequence[int]
    child: Child | None = None
    began: float = 0.0
    failures: int = 0
    lock: Lock = field(default_factory=Lock)


class Supervisor:
    def __init__(self, settings: Settings, door: int) -> None:
        answer = ("serve", "--door", str(door))
        self._slots = [_Slot(f"api-{number}", answer, [door]) for number in range(1, settings.processes + 1)]
        if settings.indexer:
            self._slots.append(_Slot(_INDEXER, ("index", "run"), []))  # it would keep the door open at the end
        self._leaving: set[Child] = set()
        self._gone = ""
        self._tasks: set[Task[None]] = set()

    async def start(self) -> None:
        """Returns when every process works. Raises UsageError when one does not."""
        started = await asyncio.gather(*map(self._fill, self._slots))
        if not all(started):
            raise UsageError("A process did not start; what it said stands above.")
        for slot in self._slots:
            self._begin(self._keep(slot))

    def replace_all(self) -> None:
        self._begin(self._replace_all())

    async def end(self, number: signal.Signals) -> None:
        """Those that answer first, then the indexer."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        indexers = [slot.child for slot in self._slots if slot.child and slot.name == _INDEXER]
        await _end_all({*self._present(), *self._leaving}.difference(indexers), number)
        await _end_all(indexers, number)

    async def gather(self) -> Mapping[str, str]:
        """What every process counted; under no name what those did that have ended or are about to."""
        present, leaving = self._present(), list(self._leaving)
        texts = await asyncio.gather(*(one.count() for one in (*present, *leaving)))
        gone = merge_counts([self._gone, *texts[len(present) :]])
        return {"": gone, **{one.name: text for one, text in zip(present, texts, strict=False)}}

    def _present(self) -> list[Child]:
        return [slot.child for slot in self._slots if slot.child]

    async def _fill(self, slot: _Slot) -> bool:
        """Puts a new process in that place; when it does not get to work the answer is False and the old one stays."""
        slot.began = monotonic()
        fresh = await child.start(slot.name, slot.words, slot.inherited, self.gather)
        try:
            async with asyncio.timeout(START):
                is_ready = await fresh.until_ready()
        except TimeoutError:
            is_ready = False
        except BaseException:
            fresh.process.kill()
            raise
        if is_ready:
            slot.child = fresh
        else:
            await fresh.end(signal.SIGKILL, END)
        return is_ready

    async def _keep(self, slot: _Slot) -> None:
        """Starts it again whenever it ends."""
        while True:
            current = slot.child
            status = await current.wait() if current else None
            async with slot.lock:
                if slot.child is not current:
                    continue
                if current:
                    log.warning("process ended and is started again", process=slot.name, status=status)
                    slot.child = None
                    self._bury(current)
                await asyncio.sleep(_pause(slot))
                await self._fill(slot)

    async def _replace_all(self) -> None:
        log.info("processes are replaced")
        for slot in self._slots:
            async with slot.lock:
                old = slot.child
                if not await self._fill(slot):
                    log.error("a process does not start; those not replaced go on", process=slot.name)
                    return
            if old:
                self._begin(self._see_off(old))
        log.info("processes were replaced")

    async def _see_off(self, old: Child) -> None:
        self._leaving.add(old)
        await old.end(signal.SIGTERM, LEAVE)
        self._leaving.discard(old)
        self._bury(old)

    def _bury(self, old: Child) -> None:
        self._gone = merge_counts([self._gone, old.counted])

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _pause(slot: _Slot) -> float:
    """Seconds: twice as long each time, from the start again once the process had worked for a while."""
    slot.failures = 0 if monotonic() - slot.began > _STEADY else slot.failures + 1
    return min(_LONGEST_PAUSE, _SHORTEST_PAUSE * 2.0 ** min(slot.failures, 10))


async def _end_all(children: Iterable[Child], number: signal.Signals) -> None:
    await asyncio.gather(*(one.end(number, END) for one in children))


@asynccontextmanager
async def supervised(settings: Settings, door: socket.socket, life: Life) -> AsyncIterator[Supervisor]:
    """Every process works when the block begins; at its end they have all ended. Takes the socket over."""
    supervisor = Supervisor(settings, door.fileno())
    loop = asyncio.get_running_loop()
    try:
        await supervisor.start()
        loop.add_signal_handler(signal.SIGHUP, supervisor.replace_all)
        yield supervisor
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        door.close()
        await supervisor.end(signal.SIGINT if life.is_hurried else signal.SIGTERM)
