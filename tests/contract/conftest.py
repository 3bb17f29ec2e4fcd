"""The engines that the contract of the search port is held against."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from search_catalogue import EVERYTHING, MakeEngine

from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine

collect_ignore = [] if "TEST_S3_ENDPOINT" in os.environ else ["test_objects_s3.py"]


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
