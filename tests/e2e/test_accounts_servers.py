"""Accounts over several API processes, on real servers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import Program, serve

PHONE, PASSWORD = "+380501234567", "three otters at noon"
CONNECTIONS = 40


@pytest.fixture
def program(tmp_path: Path, servers: dict[str, str]) -> Iterator[Program]:
    with serve(tmp_path / "data", KINOTEKA_TRUSTED_PROXIES="127.0.0.1", **servers) as program:
        yield program


async def ask(program: Program, method: str, path: str, **more: object) -> httpx.Response:
    """On a connection of its own, so that any of the processes may take it."""
    async with httpx.AsyncClient(base_url=f"{program.address}/api/v1", timeout=60) as client:
        return await client.request(method, path, **more)  # type: ignore[arg-type] # httpx's own options


async def statuses(program: Program, headers: dict[str, str]) -> set[int]:
    answers = await asyncio.gather(*(ask(program, "GET", "/me", headers=headers) for _ in range(CONNECTIONS)))
    return {answer.status_code for answer in answers}


async def test_signing_out_holds_at_once_in_every_process(program: Program) -> None:
    body = {"phone": PHONE, "password": PASSWORD}
    assert (await ask(program, "POST", "/auth/register", json=body)).status_code == 201
    for _ in range(5):
        tokens = (await ask(program, "POST", "/auth/login", json=body)).json()
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert await statuses(program, headers) == {200}
        assert (await ask(program, "POST", "/auth/logout", headers=headers)).status_code == 204
        assert await statuses(program, headers) == {401}


async def test_parallel_refreshes_leave_one_successor(program: Program) -> None:
    body = {"phone": PHONE, "password": PASSWORD}
    await ask(program, "POST", "/auth/register", json=body)
    token = (await ask(program, "POST", "/auth/login", json=body)).json()["refresh_token"]
    for _ in range(3):
        asked = [ask(program, "POST", "/auth/refresh", json={"refresh_token": token}) for _ in range(CONNECTIONS)]
        answers = await asyncio.gather(*asked)
        assert {answer.status_code for answer in answers} == {200}
        (token,) = {answer.json()["refresh_token"] for answer in answers}


async def test_parallel_guesses_count_over_all_processes(program: Program) -> None:
    body = {"phone": PHONE, "password": PASSWORD}
    await ask(program, "POST", "/auth/register", json=body)
    wrong = {"phone": PHONE, "password": "wrong"}
    asked = [
        ask(program, "POST", "/auth/login", json=wrong, headers={"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(60)
    ]
    codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert set(codes) <= {401, 429, 503}
    assert codes.count(401) <= 25  # twenty are free, and a few seconds pass
