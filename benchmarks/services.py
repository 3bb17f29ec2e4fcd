"""Real servers of one's own, run by the script that `make test-services` uses: killed, and started again."""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(os.environ.get("SERVICES", "../shared/tools/services/services.sh"))
_TRIES = 10


class ServicesError(Exception):
    pass


@dataclass
class Servers:
    """Those of a folder; BASE_PORT and ES_HEAP count, as for the script itself."""

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)

    async def up(self) -> None:
        for name in ("postgres", "redis", "elasticsearch"):
            await self.start(name)
        printed = await _run("env", str(self.folder))
        self.urls = dict(re.findall(r"(TEST_\w+_URL)=(\S+)", printed))

    async def start(self, name: str) -> None:
        """A server that was killed a moment ago may not let its successor in at once."""
        for _ in range(_TRIES):
            try:
                await _run("start", name, str(self.folder))
                return
            except ServicesError as error:
                failed = error
                await asyncio.sleep(1)
        raise failed

    async def kill(self, name: str) -> None:
        await _run("kill", name, str(self.folder))

    async def down(self) -> None:
        await _run("down", str(self.folder))

    @property
    def postgres(self) -> str:
        return self.urls["TEST_POSTGRES_URL"]

    @property
    def redis(self) -> str:
        return self.urls["TEST_REDIS_URL"]

    @property
    def elasticsearch(self) -> str:
        return self.urls["TEST_ELASTICSEARCH_URL"]


async def _run(*arguments: str) -> str:
    process = await create_subprocess_exec("bash", str(SCRIPT), *arguments, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    printed, said = await process.communicate()
    if process.returncode:
        raise ServicesError(f"{SCRIPT} {' '.join(arguments)}: {said.decode().strip()}")
    return printed.decode()
