"""A process that writes the index may be killed at any moment: what is known to be written stays."""

import asyncio
import random
import signal
import sys
from pathlib import Path

from search_catalogue import MakeEngine

KILLS = 4


async def test_kill(make_engine: MakeEngine, engine_name: str, place: str) -> None:
    engine, drawn, known = make_engine(), random.Random(3), 0
    await (await engine.start_build()).publish()
    await engine.close()
    for _ in range(KILLS):
        known = await write_until_killed((engine_name, place), known, drawn.randrange(1, 25))
        reopened = make_engine()
        assert await reopened.open()
        there = {fingerprint.id.int & 0xFFFF async for fingerprint in reopened.fingerprints("film")}
        assert there >= set(range(known))
        assert there <= set(range(known + 1))
        assert await reopened.count("film") == len(there)
        await reopened.close()
    assert known > KILLS


async def write_until_killed(where: tuple[str, str], first: int, kills_after: int) -> int:
    """How many films are known to be written. The kill falls somewhere into the write after the last one known."""
    script = Path(__file__).with_name("search_writer.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), *where, str(first), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    written = first
    for _ in range(kills_after):
        written = int(await process.stdout.readline()) + 1
    process.send_signal(signal.SIGKILL)
    rest = await process.stdout.read()
    await process.wait()
    return max([written, *(int(line) + 1 for line in rest.split())])
