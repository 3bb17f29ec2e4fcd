"""The engines that the contract of the search port is held against."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from search_catalogue import EVERYTHING, MakeEngine
from sharing import Open

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.port import Tokens
from kinoteka.cache.redis_tokens import RedisTokens
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine

_NEEDS = {"test_objects_s3.py": "TEST_S3_ENDPOINT", "test_tokens_shared.py": "TEST_REDIS_URL"}
collect_ignore = [file for file, variable in _NEEDS.items() if variable not in os.environ]

REDIS = ["redis"] if "TEST_REDIS_URL" in os.environ else []


@pytest.fixture(params=["memory", *REDIS])
async def another_tokens(request: pytest.FixtureRequest, own_redis: Any) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:
        given = await stack.enter_async_context(own_redis())

        async def open_one() -> Tokens:
            if request.param == "memory":
                return MemoryTokens()
            tokens = RedisTokens(given["redis_url"], given["redis_prefix"])
            stack.push_async_callback(tokens.close)
            await tokens.open()
            return tokens

        yield open_one


@pytest.fixture(params=["tantivy"])
def make_engine(request: pytest.FixtureRequest, tmp_path: Path) -> MakeEngine:
    return {"tantivy": lambda: TantivyEngine(tmp_path / "index")}[request.param]


@pytest.fixture
async def empty(make_engine: MakeEngine) -> AsyncIterator[SearchEngine]:
    engine = make_engine()
    await (await engine.start_build()).publish()
    yield engine
    await engine.close()


@pytest.fixture
async def engine(empty: SearchEngine) -> SearchEngine:
    await empty.write(EVERYTHING)
    return empty
