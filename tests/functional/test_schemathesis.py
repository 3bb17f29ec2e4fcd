"""Schemathesis over the whole served document, against a real server on a real socket."""

import asyncio
import sys
from pathlib import Path

import pytest
from applications import Own
from benchmarks.fuzz.routes import CONFIGURATION, ENDING, find_sign_out
from people import new_person
from real_socket import served

EXAMPLES, AS_ADMINISTRATOR = 8, 4
"""Of each operation; an administrator changes something with nearly every one."""
LIMIT = 600.0
"""Seconds; it takes a tenth of that."""
WRITTEN = ["Accounts", "Me", "Administration", "Films", "Persons", "Genres"]


@pytest.mark.slow
async def test_schemathesis_finds_nothing(shared: Own, tmp_path: Path) -> None:
    async with served(shared.app) as address:
        await run(address, tmp_path, EXAMPLES)


@pytest.mark.slow
async def test_schemathesis_finds_nothing_as_an_administrator(own: Own, tmp_path: Path) -> None:
    """Not on the shared application: an administrator may end anybody's session."""
    admin = await new_person(own.services, admin=True)
    tags = [f"--include-tag={tag}" for tag in WRITTEN]
    left_out = [f"--exclude-operation-id={name}" for name in ENDING]
    signed_in = f"--header=Authorization: {admin.headers['Authorization']}"
    async with served(own.app) as address:
        await run(address, tmp_path, AS_ADMINISTRATOR, signed_in, "--header=If-Match: *", *tags, *left_out)
        assert await find_sign_out(address, admin.access_token) == ""


async def run(address: str, folder: Path, examples: int, *more: str) -> None:
    # What a schema allows may still be refused: a cursor made up, a genre nobody knows, text that shows nothing.
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIGURATION}",
        "run",
        f"{address}/openapi.json",
        "--exclude-checks=positive_data_acceptance",
        "--phases=examples,coverage,fuzzing,stateful",
        f"--max-examples={examples}",
        "--seed=7",
        "--no-color",
        *more,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    assert process.returncode == 0, output.decode()[-8000:]
