"""Generated catalogues in the database: the same by either way, indexed, and never on top of somebody's films."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest
from catalogue_reading import dump, export_jsonl, fetch
from indexer_steps import DEADLINE, differences, running, settled
from msgspec.json import decode

from kinoteka.database import Database, open_database
from kinoteka.errors import ConflictError
from kinoteka.importers.service import import_imdb
from kinoteka.migrations import upgrade
from kinoteka.ops.generator.service import generate_into, write_folder
from kinoteka.search.engine import SearchEngine

FILMS = 300
_GIVEN_BY_THE_DATABASE = {"id", "created_at", "updated_at"}


async def read(database: Database) -> list[Any]:
    """Every film as the API answers it, but for ids and times."""
    films = map(decode, (await export_jsonl(database)).splitlines())
    return sorted(map(_plain, films), key=lambda film: str(film["external_ids"]["imdb"]))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in _GIVEN_BY_THE_DATABASE}
    return [_plain(item) for item in value] if isinstance(value, list) else value


async def test_both_ways_give_one_catalogue(database: Database, empty_database_url: str, tmp_path: Path) -> None:
    report = await generate_into(database, FILMS, 5)
    assert (report.new, report.persons_new) == (FILMS, 2 * FILMS)
    assert (report.refused, report.mended) == ({}, {})
    other = open_database(empty_database_url, 2)
    await upgrade(other)
    write_folder(tmp_path, FILMS, 5)
    await import_imdb(other, tmp_path)
    assert await read(database) == await read(other)
    await other.close()


async def test_titles_are_claimed_and_weights_known(database: Database) -> None:
    weights = (await dump(database))["rating_weight"]
    await generate_into(database, FILMS, 5)
    claimed = await fetch(database, "SELECT sum(films) FROM title_claim")
    assert claimed[0][0] == FILMS
    assert (await dump(database))["rating_weight"] != weights


async def test_the_index_follows(database: Database, engine: SearchEngine) -> None:
    async with running(database, engine):
        await generate_into(database, FILMS, 5)
        await settled(database, engine)
    assert await differences(database, engine) == []


async def test_films_that_are_there_are_not_mixed_with_made_up_ones_unasked(database: Database) -> None:
    await generate_into(database, 20, 5)
    before = await dump(database)
    with pytest.raises(ConflictError, match="holds films already; say --add"):
        await generate_into(database, 30, 5)
    assert await dump(database) == before
    report = await generate_into(database, 30, 5, add=True)
    assert (report.new, report.unchanged) == (10, 20)


async def test_called_off_it_ends_and_leaves_nothing(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    under_way = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell(*_: object) -> None:
        loop.call_soon_threadsafe(under_way.set)

    task = asyncio.create_task(generate_into(database, 50_000_000, 5, progress=tell))
    await asyncio.wait_for(under_way.wait(), DEADLINE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)  # what was being told
    under_way.clear()
    await asyncio.sleep(0.3)  # several batches
    assert not under_way.is_set()
    assert list(tmp_path.iterdir()) == []
    assert await fetch(database, "SELECT id FROM film") == []
