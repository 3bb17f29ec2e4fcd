"""The engines that the contract of the search port is held against."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest
from engines import ENGINES, make
from search_catalogue import EVERYTHING, MakeEngine
from sharing import PATIENT, Open
from tests.servers import elasticsearch_prefix, own_redis_settings

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.port import Tokens
from kinoteka.cache.redis_tokens import RedisTokens
from kinoteka.search.engine import SearchEngine

_NEEDS = {
    "test_objects_s3.py": "TEST_S3_ENDPOINT",
    "test_tokens_shared.py": "TEST_REDIS_URL",
    "test_answers.py": "TEST_REDIS_URL",
    "test_search_shared.py": "TEST_ELASTICSEARCH_URL",
}
collect_ignore = [file for file, variable in _NEEDS.items() if variable not in os.environ]

REDIS = ["redis"] if "TEST_REDIS_URL" in os.environ else []


@pytest.fixture
async def redis_settings() -> AsyncIterator[dict[str, str]]:
    async with own_redis_settings() as given:
        yield given


@pytest.fixture(params=["memory", *REDIS])
async def another_tokens(request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:
        given = await stack.enter_async_context(own_redis_settings())

        async def open_one() -> Tokens:
            if request.param == "memory":
                return MemoryTokens()
            tokens = RedisTokens(given["redis_url"], given["redis_prefix"], PATIENT)
            stack.push_async_callback(tokens.close)
            await tokens.open()
            return tokens

        yield open_one


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def place(engine_name: str, tmp_path: Path) -> AsyncIterator[str]:
    """Where the engine keeps its index; nothing is left of it."""
    if engine_name == "tantivy":
        yield str(tmp_path / "index")
        return
    async with elasticsearch_prefix() as prefix:
        yield prefix


@pytest.fixture
def make_engine(engine_name: str, place: str) -> MakeEngine:
    return partial(make, engine_name, place)


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
