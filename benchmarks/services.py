"""Real servers of one's own, run by the script that `make test-services` uses: killed, and started again."""

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.machine import family, send

SCRIPT = Path(os.environ.get("SERVICES", "../shared/tools/services/services.sh"))
_TRIES = 10


class ServicesError(Exception):
    pass


@dataclass
class Servers:
    """Those of a folder; BASE_PORT and ES_HEAP count, as for the script itself, and `environment` before them."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    """TEST_POSTGRES_URL and so on, of S3 more than that."""

    async def up(self, *names: str) -> None:
        """Those named; otherwise all that an index is kept with."""
        for name in names or ("postgres", "redis", "elasticsearch"):
            await self.start(name)
        printed = await self._run("env", str(self.folder))
        self.urls = dict(re.findall(r"(TEST_\w+)=(\S+)", printed))

    async def start(self, name: str) -> None:
        """A server that was killed a moment ago may not let its successor in at once."""
        for _ in range(_TRIES):
            try:
                await self._run("start", name, str(self.folder))
                return
            except ServicesError as error:
                failed = error
                await asyncio.sleep(1)
        raise failed

    async def kill(self, name: str) -> None:
        await self._run("kill", name, str(self.folder))

    def pause(self, name: str) -> None:
        """It accepts, or its kernel does, and never answers. PostgreSQL has a process for each connection."""
        send(signal.SIGSTOP, family(self._pid(name)))

    def resume(self, name: str) -> None:
        send(signal.SIGCONT, family(self._pid(name)))

    def _pid(self, name: str) -> int:
        return int((self.folder / f"{name}.pid").read_text())

    async def down(self) -> None:
        await self._run("down", str(self.folder))

    @property
    def postgres(self) -> str:
        return self.urls["TEST_POSTGRES_URL"]

    @property
    def redis(self) -> str:
        return self.urls["TEST_REDIS_URL"]

    @property
    def elasticsearch(self) -> str:
        return self.urls["TEST_ELASTICSEARCH_URL"]

    async def _run(self, *arguments: str) -> str:
        process = await create_subprocess_exec(
            *("bash", str(SCRIPT), *arguments),
            env={**os.environ, **self.environment},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        printed, said = await process.communicate()
        if process.returncode:
            raise ServicesError(f"{SCRIPT} {' '.join(arguments)}: {said.decode().strip()}")
        return printed.decode()
