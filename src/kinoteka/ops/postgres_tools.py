"""PostgreSQL's own programs: pg_dump, pg_restore and psql of the wheel, which know servers from 9.2 up to 18."""

import asyncio
import os
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.engine import URL, make_url

from kinoteka.embedded.cluster import ENVIRONMENT, binaries

_KEPT = ("HOME", "PGPASSFILE", "PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLMODE")
_CHUNK = 2**18
_LAST = 4000  # bytes of what a program said on standard error


@dataclass
class Tool:
    """A running program. `said`: the end of what it has written to standard error."""

    process: Process
    said: "asyncio.Task[str]"

    async def end(self) -> str | None:
        """Waits for it; None when all went well, else its reason."""
        said = await self.said
        status = await self.process.wait()
        return None if status == 0 else _reason(said) or f"it ended with status {status}"


@asynccontextmanager
async def run_tool(
    name: str, dsn: str | None, *words: str, given: bool = False, taken: bool = True
) -> AsyncIterator[Tool]:
    """Gone when the block is left. `given`, `taken`: with a standard input, output. The password of `dsn` is on no
    command line."""
    place, environment = _place(dsn) if dsn else ([], {})
    process = await asyncio.create_subprocess_exec(
        str(binaries() / name),
        *words,
        *place,
        stdin=PIPE if given else DEVNULL,
        stdout=PIPE if taken else DEVNULL,
        stderr=PIPE,
        env=ENVIRONMENT | environment | {key: os.environ[key] for key in _KEPT if key in os.environ},
        start_new_session=True,  # Ctrl-C reaches us alone, and we end it
    )
    assert process.stderr  # noqa: S101 - a pipe
    tool = Tool(process, asyncio.create_task(_last_words(process.stderr)))
    try:
        yield tool
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        while process.stdout and await process.stdout.read(_CHUNK):
            pass  # asyncio takes a process for ended only when its output has been read
        await process.wait()
        await tool.said


def _place(dsn: str) -> tuple[list[str], dict[str, str]]:
    url = make_url(dsn)
    query = {name: value for name, value in url.query.items() if name != "password"}
    password = url.password or url.query.get("password")
    shown = URL.create("postgresql", url.username, None, url.host, url.port, url.database, query)
    environment = {"PGPASSWORD": str(password)} if password else {}
    return ["--dbname", shown.render_as_string()], environment | {
        "PGCONNECT_TIMEOUT": "10",
        "PGAPPNAME": "kinoteka-backup",
    }


async def _last_words(stream: StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(65536):
        kept = (kept + chunk)[-_LAST:]
    return kept.decode(errors="replace")


def _reason(said: str) -> str | None:
    """The first line that names an error, without the program's name."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    return (wrong or lines or [""])[0].removeprefix("pg_dump: error: ").removeprefix("pg_restore: error: ") or None
