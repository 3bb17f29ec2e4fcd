"""The whole stack for a measurement: a database, indexes and keys of its own on the servers that TEST_* name, an API
process and an indexer; all removed again."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic
from typing import Any

import asyncpg
import httpx
from msgspec import Struct
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from benchmarks.serving import ServerError
from kinoteka.settings import Settings

_MEASURED = {"KINOTEKA_INDEXER": "false", "KINOTEKA_LOG_FORMAT": "json", "KINOTEKA_SEARCHES_PER_MINUTE": "0"}
"""The indexer is a process of its own, and what is measured is not the limits."""


_INDEXED = 1800.0
"""Seconds: before it answers lists, an indexer builds the index, of a large catalogue for many minutes."""


class Served(Struct, frozen=True):
    """The address, and the ids of the two processes."""

    address: str
    api: int
    indexer: int


@asynccontextmanager
async def own_settings(
    folder: Path, urls: Mapping[str, str] = os.environ, name: str = f"bench_{os.getpid()}", **more: Any
) -> AsyncIterator[Settings]:
    """`urls`: TEST_POSTGRES_URL and so on; `more`: other settings."""
    server = urls["TEST_POSTGRES_URL"]
    settings = Settings(
        data=folder / "data",
        database_url=make_url(server).set(database=name).render_as_string(hide_password=False),
        elasticsearch_url=urls["TEST_ELASTICSEARCH_URL"],
        elasticsearch_prefix=f"{name.replace('_', '-')}-",
        redis_url=urls["TEST_REDIS_URL"],
        redis_prefix=name,
        secret_key=SecretStr(token_urlsafe(48)),
        **more,
    )
    await execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield settings
    finally:
        await _remove_indexes(settings)
        await execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@asynccontextmanager
async def served(settings: Settings, folder: Path) -> AsyncIterator[Served]:
    """An API process; an indexer runs beside it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(program(settings, folder, "serve", "--port", str(port)))
        indexer = await stack.enter_async_context(program(settings, folder, "index", "run"))
        address = f"http://127.0.0.1:{port}"
        await ready(address, api)
        yield Served(address, api.pid, indexer.pid)


@asynccontextmanager
async def program(settings: Settings, folder: Path, *arguments: str) -> AsyncIterator[Process]:
    """`kinoteka …` with these settings, ended at the end; its log goes to `<folder>/<command>.log`."""
    process = await start(settings, folder / f"{arguments[0]}.log", *arguments)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def start(settings: Settings, log: Path, *arguments: str) -> Process:
    """`kinoteka …` with these settings; what it says is put behind what stands in `log`."""
    with log.open("ab") as said:
        return await create_subprocess_exec(
            *(sys.executable, "-m", "kinoteka", *arguments),
            env=environment(settings) | _MEASURED,
            stdin=DEVNULL,
            stdout=said,
            stderr=said,
        )


def environment(settings: Settings) -> dict[str, str]:
    """Of a process that is to use these."""
    given = settings.model_dump(mode="json", include=settings.model_fields_set)
    given |= {name: secret.get_secret_value() for name, secret in settings if isinstance(secret, SecretStr)}
    own = {f"KINOTEKA_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    return {name: value for name, value in os.environ.items() if not name.startswith("KINOTEKA_")} | own


async def generate_films(folder: Path, films: int) -> Path:
    """IMDb-shaped files, in that folder."""
    command = (sys.executable, "-m", "kinoteka", "demo", "generate", "--films", str(films), "--folder", str(folder))
    if await (await create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL)).wait():
        raise ServerError("The catalogue could not be generated; the reason stands above.")
    return folder


async def import_films(settings: Settings, catalogue: Path) -> None:
    descriptions = catalogue / "descriptions.jsonl.gz"
    more = ["--descriptions", str(descriptions)] if descriptions.exists() else []
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "kinoteka", "import", "imdb", str(catalogue), *more),
        env=environment(settings),
        stdout=DEVNULL,
    )
    if await process.wait():
        raise ServerError("the import failed")


async def ready(address: str, api: Process) -> None:
    deadline = monotonic() + _INDEXED
    async with httpx.AsyncClient(base_url=address) as http:
        while monotonic() < deadline and api.returncode is None:
            try:
                if (await http.get("/api/v1/films?page_size=20")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)
    raise ServerError("kinoteka serve does not answer")


async def _remove_indexes(settings: Settings) -> None:
    async with httpx.AsyncClient(base_url=settings.elasticsearch_nodes[0], timeout=60) as http:
        listed = await http.get(f"/_cat/indices/{settings.elasticsearch_prefix}*", params={"format": "json"})
        for row in listed.json():
            await http.delete(f"/{row['index']}")


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
