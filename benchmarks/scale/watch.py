"""What programs use while something runs: processor time and memory of some processes and of all that they start."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic

from msgspec import Struct

from benchmarks.scale.results import Use

_SHORTEST, _LONGEST, _SHARE = 0.02, 0.25, 0.1
"""Seconds between two looks, and the share of the time since the beginning: what is over soon is not to be missed."""
_TICKS = os.sysconf("SC_CLK_TCK")
_POSTGRES = "PostgreSQL"


class _Process(Struct):
    """Processor seconds: its own, and those of children that ended."""

    pid: int
    parent: int
    command: str
    own: float
    of_children: float


class Watch:
    """`roots`: process ids by the name of the program. Used as a context; `uses` tells what was used inside of it."""

    def __init__(self, roots: Mapping[str, int]) -> None:
        self._roots = roots
        self._before: dict[str, float] = {}
        self._begun: set[str] = set()
        self.uses: dict[str, Use] = {}

    async def __aenter__(self) -> "Watch":
        self._before = processor_seconds(self._roots)
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._look()

    def add(self, name: str, pid: int) -> None:
        """A process that has just begun: all that it uses counts."""
        self._roots = {**self._roots, name: pid}
        self._begun.add(name)

    @property
    def roots(self) -> Mapping[str, int]:
        return self._roots

    async def _watch(self) -> None:
        began = monotonic()
        while True:
            self._look()
            await asyncio.sleep(min(_LONGEST, max(_SHORTEST, _SHARE * (monotonic() - began))))

    def _look(self) -> None:
        """A program that is over says nothing any more; what it said last holds."""
        for name, (cpu, pids) in _gather(self._roots).items():
            use = self.uses.setdefault(name, Use())
            use.cpu = max(use.cpu, cpu - self._before.get(name, 0.0))
            memory, own = _memory(pids, "VmHWM" if name in self._begun else "VmRSS")
            use.memory, use.own = max(use.memory, memory), max(use.own, own)


def processor_seconds(roots: Mapping[str, int]) -> dict[str, float]:
    """Of each program, since its processes began."""
    return {name: cpu for name, (cpu, _) in _gather(roots).items()}


def _gather(roots: Mapping[str, int]) -> dict[str, tuple[float, list[int]]]:
    found: dict[str, tuple[float, list[int]]] = {}
    for name, process in _below(roots):
        cpu, pids = found.get(name, (0.0, []))
        # A backend that ended counts in its postmaster; a postmaster that ended counted for itself already.
        more = process.of_children if name == _POSTGRES else 0.0
        found[name] = cpu + process.own + more, [*pids, process.pid]
    return found


def _below(roots: Mapping[str, int]) -> Iterator[tuple[str, _Process]]:
    """Each process with the name of its root; an embedded PostgreSQL has a name of its own."""
    processes = {process.pid: process for process in _processes()}
    children = defaultdict(list)
    for process in processes.values():
        children[process.parent].append(process)
    waiting = [(name, processes[pid]) for name, pid in roots.items() if pid in processes]
    while waiting:
        name, process = waiting.pop()
        name = _POSTGRES if process.command == "postgres" else name
        yield name, process
        waiting += [(name, child) for child in children[process.pid]]


def _processes() -> Iterator[_Process]:
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            with suppress(OSError):  # it is over
                yield _parse(Path(entry.path, "stat").read_text())


def _parse(stat: str) -> _Process:
    """The command stands in brackets and may hold anything."""
    pid, _, rest = stat.partition(" (")
    command, _, fields = rest.rpartition(") ")
    values = fields.split()
    user, system, user_of_children, system_of_children = map(int, values[11:15])
    own, of_children = (user + system) / _TICKS, (user_of_children + system_of_children) / _TICKS
    return _Process(int(pid), int(values[1]), command, own, of_children)


def _memory(pids: Iterable[int], of_one: str) -> tuple[float, float]:
    """MB. What several processes share counts once. `of_one`: what of a single process counts; the most that it ever
    had says nothing of one that was there before.
    """
    pids = list(pids)
    if len(pids) == 1:
        values = _values(pids[0], "status")
        return values.get(of_one, 0.0), values.get("RssAnon", 0.0)
    each = [_values(pid, "smaps_rollup") for pid in pids]
    return sum(one.get("Pss", 0.0) for one in each), sum(one.get("Pss_Anon", 0.0) for one in each)


def _values(pid: int, file: str) -> dict[str, float]:
    """The lines like «Rss: 12 kB», in MB."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return {}
    return {
        name: int(rest.split()[0]) / 1024 for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest
    }
