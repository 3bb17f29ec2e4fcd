"""Schemathesis over the whole served document, against a real server on a real socket."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from applications import Own
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar.types import ASGIApp
from people import new_person

EXAMPLES = 12
LIMIT = 600.0
"""Seconds; it takes a tenth of that."""


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    url = f"http://127.0.0.1:{port}"
    await _answers(url)
    try:
        yield url
    finally:
        server.stop()  # type: ignore[no-untyped-call] # granian says no types here
        await serving


async def _answers(url: str) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(500):
            try:
                await client.get(f"{url}/health/live")
            except httpx.TransportError:
                await asyncio.sleep(0.02)
            else:
                return
    raise AssertionError("the server does not answer")


# They end the session that the rest is asked with.
ENDING = ["logout", "logoutAll", "endSession", "endOtherSessions", "deleteMe", "deleteUser", "changeUser"]
WRITTEN = ["Accounts", "Me", "Administration", "Films", "Persons", "Genres"]


async def test_schemathesis_finds_nothing(shared: Own, tmp_path: Path) -> None:
    async with served(shared.app) as address:
        await run(address, tmp_path)


async def test_schemathesis_finds_nothing_as_an_administrator(own: Own, tmp_path: Path) -> None:
    """Not on the shared application: an administrator may end anybody's session."""
    admin = await new_person(own.services, admin=True)
    tags = [f"--include-tag={tag}" for tag in WRITTEN]
    left_out = [f"--exclude-operation-id={name}" for name in ENDING]
    async with served(own.app) as address:
        await run(address, tmp_path, f"--header=Authorization: {admin.headers['Authorization']}", *tags, *left_out)


async def run(address: str, folder: Path, *more: str) -> None:
    # What a schema allows may still be refused: a cursor made up, a genre nobody knows, text that shows nothing.
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{address}/openapi.json",
        "--exclude-checks=positive_data_acceptance",
        "--phases=examples,coverage,fuzzing",
        f"--max-examples={EXAMPLES}",
        "--seed=7",
        "--no-color",
        *more,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    assert process.returncode == 0, output.decode()[-8000:]
