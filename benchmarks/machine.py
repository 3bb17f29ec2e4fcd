"""The machine of a measurement: its cores, its ports, what its processes hold."""

import asyncio
import os
import platform
import signal
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct

import kinoteka

_LOOK = 0.02


class Machine(Struct, frozen=True):
    cores: int
    load: float
    """Of the minute before."""
    processor: str
    python: str
    kinoteka: str


def describe() -> Machine:
    return Machine(
        len(os.sched_getaffinity(0)), os.getloadavg()[0], _processor(), platform.python_version(), kinoteka.__version__
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def pick_cores() -> tuple[int, int]:
    """For what is measured, and for what measures it; the same one where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


@contextmanager
def kept_on(core: int, pids: Iterable[int]) -> Iterator[None]:
    """Processes with all their threads, and what they start meanwhile; afterwards where they were before."""
    before = {pid: os.sched_getaffinity(pid) for pid in pids}
    try:
        for pid in before:
            _put_on({core}, pid)
        yield
    finally:
        for pid, cores in before.items():
            _put_on(cores, pid)


def _put_on(cores: Iterable[int], pid: int) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):  # it is over
            os.sched_setaffinity(int(thread.name), cores)


def free_ports(count: int) -> int:
    """The first of so many in a row that nobody listens on."""
    for first in range(20_000 + os.getpid() % 8000, 32_000, count):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def family(pid: int) -> set[int]:
    """A process and all below it."""
    parents = {int(entry.name): _status(int(entry.name), "PPid") for entry in Path("/proc").glob("[0-9]*")}
    found, new = {pid}, {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    """To those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def peak_memory(pid: int) -> float:
    """The most that a process has had so far, in MB; nothing once it is gone."""
    return _status(pid, "VmHWM") / 1024


def memory(pid: int) -> float:
    """What a process has in memory now, in MB; nothing once it is gone."""
    return _status(pid, "VmRSS") / 1024


def _status(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


async def peak_memory_of(process: asyncio.subprocess.Process) -> float:
    """Until it ends. What `resource` tells would include the process that started it."""
    peak = 0.0
    while process.returncode is None:
        peak = max(peak, peak_memory(process.pid))
        await asyncio.sleep(_LOOK)
    if process.returncode:
        raise RuntimeError(f"the command ended with status {process.returncode}; its message stands above")
    return peak
