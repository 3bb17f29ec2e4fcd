"""Kinoteka as a person runs it: a process of its own, watched from outside."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

PATIENCE = 90.0  # seconds: a busy machine is no failure
SECRET_KEY = "a secret of the tests, long enough for everybody"
KINOTEKA = (sys.executable, "-m", "kinoteka")


def environment(data: Path, **more: str) -> dict[str, str]:
    """Nothing of ours but what a test says."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KINOTEKA_")}
    secret = {"KINOTEKA_SECRET_KEY": SECRET_KEY} if "KINOTEKA_DATABASE_URL" in more else {}
    return {**clean, "KINOTEKA_DATA": str(data), "KINOTEKA_PORT": "0", **secret, **more}


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited too long: {what}"
        time.sleep(0.02)


class Program:
    """A running `kinoteka serve`."""

    def __init__(self, data: Path, process: subprocess.Popen[str]) -> None:
        self.data = data
        self.process = process

    @property
    def address(self) -> str:
        """From what it prints: with servers of its own it keeps no data folder."""
        shown = re.search(r"(http://\S+)/docs", self.said())
        return shown[1] if shown else ""

    def wait_until_answering(self) -> None:
        until(lambda: bool(self.address) or self.process.poll() is not None, "the first answer")
        assert self.process.poll() is None, self.said()

    def wait_until_indexed(self) -> None:
        until(lambda: self.get("/health/ready").status_code == 200, "the first index")

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(self.address + path, params=parameters or None, timeout=30)

    def ask(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.address + path, headers=headers, timeout=30)

    def family(self) -> set[int]:
        """This process and everything below it."""
        return descendants(self.process.pid)

    def stop(self, number: int) -> int:
        """The exit status; afterwards nothing of the family is left."""
        family = self.family()
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        until(lambda: not any(map(is_alive, family)), "the end of every process")
        return status

    def said(self) -> str:
        return (self.data.parent / "serve.out").read_text()


@contextmanager
def serve(data: Path, *options: str, command: Sequence[str] = KINOTEKA, **environ: str) -> Iterator[Program]:
    """Answers when the block begins; killed at its end if it still runs."""
    with (data.parent / "serve.out").open("w") as output:
        process = subprocess.Popen(
            [*command, "serve", *options],
            env=environment(data, **environ),
            cwd=data.parent,
            text=True,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    program = Program(data, process)
    try:
        program.wait_until_answering()
        yield program
    finally:
        if process.poll() is None:
            program.stop(signal.SIGKILL)


def run(data: Path, *words: str, command: Sequence[str] = KINOTEKA, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *words],
        env=environment(data, **environ),
        cwd=data.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
    )


def descendants(pid: int) -> set[int]:
    parents = dict(filter(None, map(_parent_of, Path("/proc").glob("[0-9]*"))))
    found, new = {pid}, {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


def is_alive(pid: int) -> bool:
    try:
        return _fields(Path(f"/proc/{pid}"))[0] != "Z"
    except OSError:
        return False


def _parent_of(process: Path) -> tuple[int, int] | None:
    try:
        return int(process.name), int(_fields(process)[1])
    except OSError:
        return None


def _fields(process: Path) -> list[str]:
    """State, parent …: what follows the name, which may hold anything."""
    return (process / "stat").read_text().rpartition(")")[2].split()
