"""Whatever is written in whatever order: answers, database, index and lists agree with a plain model."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from applications import Own, application
from people import new_person, scalar
from tests.functional.editing.agreement import check_by_id, check_lists
from tests.functional.editing.random_edits import Edits
from tests.integration.indexer_steps import differences, settled

from kinoteka import indexer
from kinoteka.bootstrap import Services
from kinoteka.indexer.phases import Phases

STEPS, BETWEEN = 200, 50


@pytest.fixture
async def empty(services: Services) -> AsyncIterator[Own]:
    """With the indexer at work."""
    stop = asyncio.Event()
    run = indexer.run(services.database, services.engine, services.tokens, stop, Phases(), number=2)
    task = asyncio.create_task(run)
    async with application(services) as own:
        yield own
    stop.set()
    await task


async def open_edits(own: Own, seed: int) -> Edits:
    async def send(method: str, path: str, **options: Any) -> httpx.Response:
        return await own.api.send(method, path, **options)

    editor = (await new_person(own.services, "catalogue:write")).headers
    viewers = {name: (await new_person(own.services)).headers for name in ("one", "two", "three")}
    return Edits(send, editor, viewers, random.Random(seed))


@pytest.mark.parametrize("seed", range(3))
async def test_random_edits_agree_with_the_model(empty: Own, seed: int) -> None:
    edits = await open_edits(empty, seed)
    await edits.begin()
    for number in range(1, STEPS + 1):
        await edits.step()
        if number % BETWEEN == 0:
            await check_by_id(empty.api, edits)
    await check_lists(empty.api, edits)
    await check_by_id(empty.api, edits)
    services = empty.services
    await settled(services.database, services.engine)
    assert await differences(services.database, services.engine) == []
    assert await scalar(services, WRONG_CLAIMS) == 0


WRONG_CLAIMS = """
    SELECT count(*) FROM title_claim AS t FULL JOIN
        (SELECT title_key, count(*) AS films FROM film WHERE deleted_at IS NULL GROUP BY 1) AS f USING (title_key)
    WHERE coalesce(t.films, 0) <> coalesce(f.films, 0)
"""
