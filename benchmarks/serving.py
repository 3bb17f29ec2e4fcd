"""A real `kinoteka serve` on a data folder of its own: started, killed, started again."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from kinoteka.embedded import Holder, read_holder

PATIENCE = 90.0


class ServerError(Exception):
    pass


@dataclass
class Server:
    """Its log goes on in `<folder>/serve.log`. `core`: the only one that it runs on, with all that it starts."""

    data: Path
    process: Process | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    core: int | None = None

    async def start(self) -> Holder:
        """Returns when it answers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KINOTEKA_")}
        with (self.data.parent / "serve.log").open("ab") as log:
            self.process = await create_subprocess_exec(
                *(() if self.core is None else ("taskset", "-c", str(self.core))),
                *(sys.executable, "-m", "kinoteka", "serve", "--port", "0"),
                env={**environment, **self._settings},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return await self._answering(self.process)

    @property
    def _settings(self) -> dict[str, str]:
        """What is measured is not the limits."""
        own = {"KINOTEKA_DATA": str(self.data), "KINOTEKA_LOG_FORMAT": "json", "KINOTEKA_SEARCHES_PER_MINUTE": "0"}
        return {**own, **self.environment}

    async def _answering(self, process: Process) -> Holder:
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline and process.returncode is None:
            holder = read_holder(self.data)
            if holder and holder.pid == process.pid and holder.address:
                return holder
            await asyncio.sleep(0.02)
        raise ServerError(f"kinoteka serve did not start; see {self.data.parent / 'serve.log'}")

    async def stop(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()
