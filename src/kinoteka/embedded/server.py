"""The PostgreSQL process: started, watched, started again when it dies, and stopped."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO

import structlog

from kinoteka.embedded.cluster import ENVIRONMENT, binaries
from kinoteka.errors import UsageError

_POLL = 0.01  # seconds
_PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds before each attempt to start again
_PATIENCE = 3.0  # seconds until a line says what is being waited for
_STUCK = 5.0  # seconds that an orphan's orderly shutdown may take
_LOG_BYTES = 10 * 2**20
_STATUS_LINE = 7  # of postmaster.pid

log = structlog.get_logger()


@dataclass
class _Running:
    process: Process


@asynccontextmanager
async def run(folder: Path, sockets: Path, launcher: list[str]) -> AsyncIterator[None]:
    command = [*launcher, *_command(folder, sockets)]
    running = _Running(await _start(command, folder))
    watcher = asyncio.create_task(_keep_alive(running, command, folder))
    try:
        yield
    finally:
        watcher.cancel()
        await asyncio.wait([watcher])
        await _stop(running.process)


async def stop_orphans(folder: Path) -> None:
    """Shuts down the PostgreSQL that a killed process left running on this folder, and waits for its last child.

    The caller holds the data folder, so it is nobody else's.
    """
    pidfile = folder / "postmaster.pid"
    if not pidfile.exists():
        return
    if leader := _leader(folder):
        log.info("Stopping the PostgreSQL that an earlier process left behind", pid=leader)
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGINT)
        await _end_now_if_stuck(leader, folder)
    await _until(lambda: not _processes_in(folder), "PostgreSQL of an earlier process is shutting down")
    pidfile.unlink(missing_ok=True)  # a number in it may be another process's by now, which PostgreSQL would believe


async def _end_now_if_stuck(leader: int, folder: Path) -> None:
    """PostgreSQL 18, asked to end in the middle of its own crash recovery, was seen to wait for ever: nobody tells
    its checkpointer. An immediate shutdown ends that and loses nothing, for the next start recovers anyway."""
    begun = time.monotonic()
    while leader in _processes_in(folder):
        if time.monotonic() - begun > _STUCK:
            with suppress(ProcessLookupError):
                os.kill(leader, signal.SIGQUIT)
            return
        await asyncio.sleep(_POLL)


def _command(folder: Path, sockets: Path) -> list[str]:
    return [str(binaries() / "postgres"), "-D", str(folder), "-k", str(sockets), "-c", "listen_addresses="]


async def _start(command: list[str], folder: Path) -> Process:
    """Returns when connections are accepted. In a session of its own, so that Ctrl-C reaches only us."""
    with _open_log(folder) as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    try:
        await _until(lambda: _is_settled(process, folder), "PostgreSQL is recovering from a crash")
    except BaseException:
        await _stop(process)
        raise
    if process.returncode is not None:
        raise UsageError(f"PostgreSQL did not start: {_last_fatal(folder)}; its log is {_log_file(folder)}.")
    return process


def _is_settled(process: Process, folder: Path) -> bool:
    return process.returncode is not None or _state(folder) == (process.pid, "ready")


async def _keep_alive(running: _Running, command: list[str], folder: Path) -> None:
    """Starts the server again whenever it ends; cancelled when it should end."""
    for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
        status = await running.process.wait()
        log.error("PostgreSQL ended and is started again", status=status, log=str(_log_file(folder)))
        await asyncio.sleep(pause)
        await stop_orphans(folder)
        try:
            running.process = await _start(command, folder)
        except UsageError as error:
            log.error("PostgreSQL cannot be started again", reason=error.detail)


async def _stop(process: Process) -> None:
    """Fast shutdown: transactions are rolled back, data written out; waits until it is over."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        await _until(lambda: process.returncode is not None, "PostgreSQL is shutting down")


async def _until(done: Callable[[], bool], waiting_for: str) -> None:
    """As long as it takes; says so once when it takes longer than a moment."""
    begun, said = time.monotonic(), False
    while not done():
        if not said and time.monotonic() - begun > _PATIENCE:
            log.info(waiting_for)
            said = True
        await asyncio.sleep(_POLL)


def _state(folder: Path) -> tuple[int, str] | None:
    """(process, status) as PostgreSQL writes them."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), lines[_STATUS_LINE].strip()
    except (OSError, ValueError, IndexError):  # not there yet, or half written
        return None


def _leader(folder: Path) -> int | None:
    """The postmaster of this folder, if it runs: the process of that number must work in this folder."""
    try:
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if pid in _processes_in(folder) else None


def _processes_in(folder: Path) -> set[int]:
    """Every PostgreSQL process has its cluster as working folder."""
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _works_in(entry, folder)}


def _works_in(process: Path, folder: Path) -> bool:
    try:
        return (process / "cwd").samefile(folder)
    except OSError:  # gone, or another user's
        return False


def _log_file(folder: Path) -> Path:
    return folder.with_name("postgres.log")


def _open_log(folder: Path) -> BinaryIO:
    """One older file is kept."""
    file = _log_file(folder)
    if file.exists() and file.stat().st_size > _LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))
    return file.open("ab")


def _last_fatal(folder: Path) -> str:
    lines = _log_file(folder).read_text(errors="replace").splitlines()[-20:]
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return (fatal or lines or ["it said nothing"])[-1]
