"""Films read by id while the index does not show their last change, beside the least application that asks PostgreSQL
for the same by one query."""

import asyncio
import sys
from argparse import Namespace
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from benchmarks import load, stack
from benchmarks.crash import settle
from benchmarks.lines import Line
from benchmarks.rates import process, side_by_side
from kinoteka import migrations
from kinoteka.database import open_database
from kinoteka.settings import Settings

ONE_QUERY = "least application with one query"
NAME = "film by id while pending"
_FILMS = 32
_PHONE, _PASSPHRASE = "+380509990001", "seven lamps in a tunnel"
_LIVE = "/health/live"


async def lines(catalogue: Path, folder: Path, options: Namespace) -> list[Line]:
    async with stack.own_settings(folder) as settings:
        assert settings.database_url
        films = await _fill(settings, catalogue, folder)
        ids = folder / "films"
        ids.write_text("\n".join(map(str, films)))
        own = stack.environment(settings) | {"KINOTEKA_INDEXER": "false", "KINOTEKA_CACHE_BYTES": "0"}
        serve = (sys.executable, "-m", "kinoteka", "serve", "--port", str(options.port))
        least = (sys.executable, "-m", "benchmarks.one_query", str(options.port + 1), settings.database_url, str(ids))
        async with (
            process(*serve, port=options.port, path=_LIVE, **own),
            process(*least, port=options.port + 1, path="/"),
        ):
            await _change(options.port, films)
            ours = [load.get(f"/api/v1/films/{film}") for film in films], options.port, 200
            return [await side_by_side(NAME, ours, (ONE_QUERY, options.port + 1, [load.get("/")]), options)]


async def _fill(settings: Settings, catalogue: Path, folder: Path) -> list[UUID]:
    """The catalogue, its index, and somebody who may change it. No indexer is left: what is pending then stays so."""
    url = settings.database_url or ""
    database = open_database(url, 2)
    await migrations.upgrade(database)
    await database.close()
    await stack.import_films(settings, catalogue)
    async with stack.program(settings, folder, "index", "run"):
        await settle(url)
    await _create_admin(settings)
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT id FROM film ORDER BY prior_votes DESC, id LIMIT $1", _FILMS)
    await connection.close()
    return [row["id"] for row in rows]


async def _create_admin(settings: Settings) -> None:
    command = (sys.executable, "-m", "kinoteka", "users", "create-admin", _PHONE)
    child = await create_subprocess_exec(*command, env=stack.environment(settings), stdin=PIPE, stdout=DEVNULL)
    await child.communicate(f"{_PASSPHRASE}\n".encode())
    if child.returncode:
        raise SystemExit("There is no administrator to edit with; the reason stands above.")


async def _change(port: int, films: list[UUID]) -> None:
    """Each of them; their answers show it, so they came from the database."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as http:
        signed_in = await http.post("/auth/login", json={"phone": _PHONE, "password": _PASSPHRASE})
        http.headers["Authorization"] = f"Bearer {signed_in.raise_for_status().json()['access_token']}"
        for minutes, film in enumerate(films, 1):
            headers = {"If-Match": "*", "Content-Type": "application/merge-patch+json"}
            (await http.patch(f"/films/{film}", json={"minutes": minutes}, headers=headers)).raise_for_status()
            shown = (await http.get(f"/films/{film}")).raise_for_status().json()["minutes"]
            if shown != minutes:
                raise SystemExit(f"The film {film} shows {shown} minutes, not the {minutes} it was given.")
        await asyncio.sleep(1)
