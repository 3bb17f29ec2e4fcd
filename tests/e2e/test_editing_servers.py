"""Editing over several API processes, on real servers: each request may be taken by another one of them."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.editing_under_kills import edit_under_kills
from tests.e2e.life_of_a_film import PASSWORD, Site, live, open_site
from tests.e2e.program import KINOTEKA, Program, environment, serve

ADMIN = "+380671112233"


@pytest.fixture
def program(tmp_path: Path, servers: dict[str, str]) -> Iterator[Program]:
    with serve(tmp_path / "data", **servers) as program:
        program.wait_until_indexed()
        given = {"env": environment(program.data, **servers), "input": f"{PASSWORD}\n", "text": True}
        made = subprocess.run([*KINOTEKA, "users", "create-admin", ADMIN], **given, capture_output=True)  # type: ignore[call-overload] # the same for all
        assert made.returncode == 0, made.stderr
        yield program


def new_client(program: Program) -> httpx.AsyncClient:
    """On a new connection for each request, so that any of the processes may take it."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncClient(base_url=program.address, timeout=60, limits=limits)


async def test_the_whole_life_of_a_film(program: Program) -> None:
    async with new_client(program) as client:
        print(await live(await open_site(client, ADMIN)))


async def test_of_many_creates_in_every_process_one_wins(program: Program) -> None:
    async with new_client(program) as client:
        site = await open_site(client, ADMIN)
        for number in range(3):
            statuses = await asyncio.gather(*(create(site, f"Wanted {number}") for _ in range(30)))
            assert sorted(statuses) == [201, *[409] * 29]


async def create(site: Site, title: str) -> int:
    film = {"title": title, "year": 2000, "minutes": 90, "genres": [site.genre], "directors": [site.person]}
    return (await site.api.send("POST", "/films", json=film, headers=site.editor)).status_code


async def test_what_was_written_is_read_from_every_process(program: Program) -> None:
    async with new_client(program) as client:
        site = await open_site(client, ADMIN)
        film = {"title": "Read", "year": 2000, "minutes": 90, "genres": [site.genre], "directors": [site.person]}
        path = f"/films/{(await site.edit('POST', '/films', 201, film)).json()['id']}"
        for year in range(1950, 1970):
            await site.edit("PATCH", path, 200, {"year": year}, If_Match="*")
            read = await asyncio.gather(*(site.api.get(path) for _ in range(8)))
            assert {answer.json()["year"] for answer in read} == {year}


@pytest.mark.slow
async def test_random_edits_under_kills(tmp_path: Path, servers: dict[str, str]) -> None:
    host = await edit_under_kills(tmp_path / "data", servers, seed=2)
    print(host.cut_off)
    assert host.cut_off
