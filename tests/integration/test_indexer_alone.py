"""An engine with one writer: who it is, and what is left of a build that was cut off."""

from pathlib import Path

import pytest
from capture_cases import load_catalogue
from indexer_steps import differences, execute, running, settled

from kinoteka.cache.memory import MemoryTokens
from kinoteka.database import Database
from kinoteka.indexer import service
from kinoteka.indexer.connection import LockHeldError, one_consumer, sole_consumer
from kinoteka.search.tantivy import TantivyEngine


async def test_there_is_one_consumer_and_the_next_one_distrusts_an_index_that_missed_changes(
    database: Database, tmp_path: Path
) -> None:
    await load_catalogue(database)
    engine, second = TantivyEngine(tmp_path / "index"), TantivyEngine(tmp_path / "second")
    async with running(database, engine):
        await settled(database, engine)
        with pytest.raises(LockHeldError):
            async with sole_consumer(database):
                pass
        with pytest.raises(LockHeldError):
            async with one_consumer(database):
                pass
    await service.rebuild(database, second, MemoryTokens(), lambda _done, _total: None)
    await execute(database, "UPDATE film SET year = 1999")
    async with running(database, second):
        await settled(database, second)
    assert await differences(database, engine) != []
    async with running(database, engine):
        await settled(database, engine)
    assert await differences(database, engine) == []
    await second.close()
    await engine.close()


async def test_a_build_that_was_cut_off_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    await load_catalogue(database)
    first = TantivyEngine(tmp_path / "index")
    abandoned = await first.start_build()
    await execute(
        database,
        "INSERT INTO search_target (index, physical_name, state, mapping_hash) "
        "VALUES ('catalogue', 'gone', 'building', '')",
    )
    await abandoned.abandon()
    engine = TantivyEngine(tmp_path / "index")
    assert not await engine.open()
    async with running(database, engine):
        await settled(database, engine)
        assert (await service.get_status(database)).build is None
    assert await differences(database, engine) == []
    await engine.close()
