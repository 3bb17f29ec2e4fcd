"""Servers of a test's own, to be killed, paused and slowed down: started by the script of TEST_SERVICES_SCRIPT."""

import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests.e2e.program import descendants

STOPPED, RUNNING = 3.0, 0.05
"""Seconds of each turn of a slow server: longer than anybody waits, and long enough to answer something."""


class Servers:
    """PostgreSQL, Redis, S3 and Elasticsearch in a folder of their own."""

    def __init__(self, folder: Path, base_port: int) -> None:
        self.folder = folder
        self._environment = {**os.environ, "BASE_PORT": str(base_port), "ES_HEAP": "512m", "ES_NODES": "1"}

    def up(self) -> dict[str, str]:
        """The variables TEST_…."""
        return dict(
            word.split("=", 1) for word in shlex.split(self._run("up", self.folder)) if word.startswith("TEST_")
        )

    def down(self) -> None:
        self._run("down", self.folder)

    def start(self, name: str) -> None:
        self._run("start", name, self.folder)

    @contextmanager
    def killed(self, name: str) -> Iterator[None]:
        self._run("kill", name, self.folder)
        try:
            yield
        finally:
            self.start(name)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """It accepts, or its kernel does, and never answers."""
        self._signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(name, signal.SIGCONT)

    @contextmanager
    def slow(self, name: str) -> Iterator[None]:
        """It answers after seconds, if at all."""
        over = threading.Event()
        thread = threading.Thread(target=self._slow_down, args=(name, over))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _slow_down(self, name: str, over: threading.Event) -> None:
        while not over.is_set():
            with self.paused(name):
                over.wait(STOPPED)
            over.wait(RUNNING)

    def _signal(self, name: str, number: signal.Signals) -> None:
        """PostgreSQL has a process for each connection."""
        for pid in sorted(descendants(int((self.folder / f"{name}.pid").read_text()))):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def _run(self, *words: str | Path) -> str:
        script = os.environ["TEST_SERVICES_SCRIPT"]
        done = subprocess.run([script, *words], env=self._environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout


@contextmanager
def own_servers(worker: str) -> Iterator[tuple[Servers, dict[str, str]]]:
    """`worker`: the name of pytest's process, which has ports of its own."""
    shared = Path(os.environ["TEST_SERVICES_FOLDER"])
    folder = shared / f"outages-{uuid4().hex[:8]}"
    folder.mkdir(mode=0o755)
    for downloaded in ("elasticsearch-dist", "bin"):
        (folder / downloaded).symlink_to(shared / downloaded)
    options = folder / "elasticsearch/config/jvm.options.d"
    options.mkdir(parents=True)
    # It lives for a minute: better code would cost more to make than it saves.
    (options / "short-lived.options").write_text("-XX:TieredStopAtLevel=1\n")
    servers = Servers(folder, 23000 + 200 * int(worker.removeprefix("gw") or 0))
    try:
        yield servers, servers.up()
    finally:
        servers.down()
        shutil.rmtree(folder)
