"""Random writes while the whole program is killed again and again; each that was cut off is sent once more."""

import asyncio
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.life_of_a_film import PASSWORD, sign_in
from tests.e2e.program import KINOTEKA, Program, environment, is_alive, serve, until
from tests.functional.checked_api import Api
from tests.functional.editing.agreement import check_by_id, check_lists
from tests.functional.editing.random_edits import Edits

STEPS, KILLS = 90, 7
ADMIN = "+380671112233"


@dataclass
class Host:
    """A server that comes back at another port."""

    stack: ExitStack
    data: Path
    environ: dict[str, str]
    draw: random.Random
    client: httpx.AsyncClient
    left: int = KILLS
    cut_off: list[str] = field(default_factory=list)

    async def start(self) -> None:
        """Answers are believed only once it is ready for all of them."""
        program = await asyncio.to_thread(lambda: self.stack.enter_context(serve(self.data, **self.environ)))
        await asyncio.to_thread(program.wait_until_indexed)
        self.program: Program = program
        self.client.base_url = httpx.URL(program.address)

    async def kill(self) -> None:
        """Every process of it at the same moment, PostgreSQL too where it is embedded."""
        family = self.program.family()
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.left -= 1
        await asyncio.to_thread(self.program.process.wait)
        await asyncio.to_thread(until, lambda: not any(map(is_alive, family)), "the end of every process")

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        if self.left == 0 or self.draw.random() > KILLS / STEPS:
            return await self.ask(method, path, **options)
        under_way = asyncio.create_task(self.ask(method, path, **options))
        await asyncio.sleep(self.draw.uniform(0, 0.015) if self.cut_off else 0.002)  # the first for certain
        await self.kill()
        answer = await answered(under_way)
        await self.start()
        if answer is not None:
            return answer
        self.cut_off.append(f"{method} {path}")
        answer = await self.ask(method, path, **options)
        answer.extensions["retried"] = True
        return answer

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = await self.client.request(method, f"/api/v1{path}", **options)
        while answer.status_code == 503 or "is under way" in answer.text:  # of a session that PostgreSQL still ends
            await asyncio.sleep(0.1)
            answer = await self.client.request(method, f"/api/v1{path}", **options)
        return answer


async def answered(task: asyncio.Task[httpx.Response]) -> httpx.Response | None:
    try:
        return await task
    except httpx.TransportError:
        return None


@asynccontextmanager
async def hosted(data: Path, environ: dict[str, str], seed: int) -> AsyncIterator[Host]:
    async with httpx.AsyncClient(timeout=60) as client:
        with ExitStack() as stack:
            host = Host(stack, data, environ, random.Random(seed), client)
            await host.start()
            yield host


async def edit_under_kills(data: Path, environ: dict[str, str], seed: int) -> Host:
    """Raises AssertionError where anything that can be read is not what the model says."""
    async with hosted(data, environ, seed) as host:
        given = {"env": environment(data, **environ), "input": f"{PASSWORD}\n", "text": True, "check": True}
        subprocess.run([*KINOTEKA, "users", "create-admin", ADMIN], **given, capture_output=True)  # type: ignore[call-overload]
        api = Api(host.client, (await host.client.get("/openapi.json")).content)
        viewers = {f"viewer {n}": await new_viewer(api, f"+38050123450{n}") for n in range(2)}
        edits = Edits(host.send, await sign_in(api, ADMIN), viewers, random.Random(seed))
        host.left = 0
        await edits.begin()
        host.left = KILLS
        for _ in range(STEPS):
            await edits.step()
        host.left = 0
        await check_by_id(api, edits)
        await check_lists(api, edits)
        await check_by_id(api, edits)
        return host


async def new_viewer(api: Api, phone: str) -> dict[str, str]:
    await api.send("POST", "/auth/register", 201, json={"phone": phone, "password": PASSWORD})
    return await sign_in(api, phone)
