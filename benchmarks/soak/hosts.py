"""The processes under test: two hosts that answer and two that keep the index. One of each is never touched, so that
its memory can be watched; the others are killed, paused and replaced."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import httpx

from benchmarks.machine import family, free_ports, send
from benchmarks.serving import PATIENCE, ServerError
from benchmarks.stack import ready, start
from kinoteka.settings import Settings

WORKERS = 2
"""Processes that answer at the first host."""


@dataclass
class Fleet:
    """`addresses`: of the hosts, the first of which is disturbed. `unexpected`: exit statuses that should not be."""

    settings: Settings
    folder: Path
    random: Random
    addresses: list[str] = field(default_factory=list)
    hosts: list[Process] = field(default_factory=list)
    indexers: list[Process] = field(default_factory=list)
    disturbing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever ends an indexer, until there is another in its place."""
    unexpected: list[str] = field(default_factory=list)

    @property
    def indexer_log(self) -> Path:
        return self.folder / "indexers.log"

    async def begin(self) -> None:
        first = free_ports(2)
        for number, processes in enumerate((WORKERS, 1)):
            settings = self.settings.model_copy(update={"port": first + number, "processes": processes})
            self.hosts.append(await start(settings, self.folder / f"serve-{number}.log", "serve"))
            self.addresses.append(f"http://127.0.0.1:{first + number}")
        self.indexers = [await self._start_indexer() for _ in range(2)]
        for address, host in zip(self.addresses, self.hosts, strict=True):
            await ready(address, host)

    async def _start_indexer(self) -> Process:
        return await start(self.settings, self.indexer_log, "index", "run")

    async def keep(self) -> None:
        """Starts an indexer again that ended by itself, which is a fault, as whatever looks after processes would."""
        while True:
            async with self.disturbing:
                for number, process in enumerate(self.indexers):
                    if process.returncode is not None:
                        self.unexpected.append(f"an indexer ended by itself with status {process.returncode}")
                        self.indexers[number] = await self._start_indexer()
            await asyncio.sleep(1)

    def named(self) -> dict[int, str]:
        """Every process by its id."""
        first, second = self.hosts
        named = dict.fromkeys(self.workers(), "API, disturbed")
        named |= {first.pid: "supervisor", second.pid: "API, undisturbed"}
        return named | {each.pid: f"indexer, {('disturbed', 'undisturbed')[n]}" for n, each in enumerate(self.indexers)}

    def workers(self) -> set[int]:
        return family(self.hosts[0].pid) - {self.hosts[0].pid}

    async def kill(self, what: str) -> None:
        """One of the workers, or the indexer; until there is another in its place."""
        if what == "indexer":
            async with self.disturbing:
                if self.indexers[0].returncode is None:
                    self.indexers[0].kill()
                    await self.indexers[0].wait()
                else:
                    self.unexpected.append(f"an indexer ended by itself with status {self.indexers[0].returncode}")
                self.indexers[0] = await self._start_indexer()
            return
        victim = self._pick_worker()
        send(signal.SIGKILL, [victim])
        await self._until(lambda workers: victim not in workers and len(workers) == WORKERS)

    async def pause(self, what: str, seconds: float) -> None:
        pids = [self.indexers[0].pid] if what == "indexer" else [self._pick_worker()]
        send(signal.SIGSTOP, pids)
        try:
            await asyncio.sleep(seconds)
        finally:
            send(signal.SIGCONT, pids)

    async def restart(self, what: str) -> None:
        """In order: the new ones work before the old ones end."""
        if what == "api":
            before = self.workers()
            self.hosts[0].send_signal(signal.SIGHUP)
            await self._until(lambda workers: not workers & before and len(workers) == WORKERS)
            return
        async with self.disturbing:
            old, self.indexers[0] = self.indexers[0], await self._start_indexer()
        if old.returncode is None:
            old.terminate()
        if status := await asyncio.wait_for(old.wait(), PATIENCE):
            self.unexpected.append(f"an indexer that was to end ended with status {status}")

    def _pick_worker(self) -> int:
        return self.random.choice(sorted(self.workers()))

    async def _until(self, is_so: Callable[[set[int]], bool]) -> None:
        deadline = monotonic() + PATIENCE
        while not is_so(self.workers()):
            if monotonic() > deadline:
                raise ServerError(f"The processes of the first host do not come back; see {self.folder}")
            await asyncio.sleep(0.1)

    async def end(self) -> None:
        """In order; whoever does not go is killed."""
        processes = [*self.hosts, *self.indexers]
        for process in processes:
            if process.returncode is None:
                process.terminate()
        for process in processes:
            try:
                status = await asyncio.wait_for(process.wait(), PATIENCE)
            except TimeoutError:
                self.unexpected.append("a process did not end on SIGTERM and was killed")
                send(signal.SIGKILL, family(process.pid))
            else:
                if status:
                    self.unexpected.append(f"a process ended with status {status}")


@asynccontextmanager
async def running(settings: Settings, folder: Path, random: Random) -> AsyncIterator[Fleet]:
    fleet = Fleet(settings, folder, random)
    try:
        await fleet.begin()
        keeper = asyncio.create_task(fleet.keep())
        try:
            yield fleet
        finally:
            async with fleet.disturbing:
                keeper.cancel()
    finally:
        await fleet.end()


async def until_up(addresses: list[str]) -> None:
    """Until each says that it is well again, with every server that it needs."""
    deadline = monotonic() + PATIENCE
    async with httpx.AsyncClient(timeout=10) as http:
        for address in addresses:
            while (state := await _state(http, address)) != "up":
                if monotonic() > deadline:
                    raise ServerError(f"{address} does not get well again: {state}")
                await asyncio.sleep(0.2)


async def _state(http: httpx.AsyncClient, address: str) -> str:
    try:
        return str((await http.get(f"{address}/health/ready")).json()["status"])
    except httpx.HTTPError as error:
        return str(error)
