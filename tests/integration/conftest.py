"""The engines that the indexer is held to: tantivy always, Elasticsearch where TEST_ELASTICSEARCH_URL names one."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from indexer_steps import MakeEngine
from tests.servers import elasticsearch_prefix

from kinoteka.search.elasticsearch import ElasticsearchEngine
from kinoteka.search.engine import SearchEngine
from kinoteka.search.tantivy import TantivyEngine

_NEEDS = {
    "test_restore_elasticsearch.py": "TEST_ELASTICSEARCH_SNAPSHOTS",
    "test_indexer_shared.py": "TEST_ELASTICSEARCH_URL",
}
collect_ignore = [file for file, variable in _NEEDS.items() if variable not in os.environ]

_ELASTICSEARCH = [url for url in os.environ.get("TEST_ELASTICSEARCH_URL", "").split(",") if url]


@pytest.fixture(params=["tantivy", *(["elasticsearch"] if _ELASTICSEARCH else [])])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def make_engine(engine_name: str, tmp_path: Path) -> AsyncIterator[MakeEngine]:
    """Each name is an index of its own; the same name again is what another process sees."""
    engines: list[SearchEngine] = []
    async with elasticsearch_prefix() as prefix:

        def make(name: str = "index") -> SearchEngine:
            engine: SearchEngine = TantivyEngine(tmp_path / name)
            if engine_name == "elasticsearch":
                engine = ElasticsearchEngine(_ELASTICSEARCH, f"{prefix}{name}-", lambda _: b"")
            engines.append(engine)
            return engine

        yield make
        for engine in engines:
            await engine.close()


@pytest.fixture
async def engine(make_engine: MakeEngine) -> SearchEngine:
    engine = make_engine()
    await engine.open()
    return engine
