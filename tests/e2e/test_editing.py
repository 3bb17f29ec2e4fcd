"""Editing with nothing configured: one process, all embedded."""

from pathlib import Path

import httpx

from tests.e2e.life_of_a_film import PASSWORD, live, open_site
from tests.e2e.program import serve
from tests.e2e.test_accounts import ADMIN, command


async def test_the_whole_life_of_a_film(tmp_path: Path) -> None:
    with serve(tmp_path / "data", "--demo") as program:
        program.wait_until_indexed()
        assert command(program, "users", "create-admin", ADMIN, typed=f"{PASSWORD}\n").returncode == 0
        async with httpx.AsyncClient(base_url=program.address, timeout=30) as client:
            print(await live(await open_site(client, ADMIN)))
