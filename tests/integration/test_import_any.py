"""Files with anything done to them, into a real database: taken or refused, never half, and always the same."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from benchmarks.fuzz.harnesses import TABLES
from benchmarks.fuzz.mutation import mutated
from benchmarks.fuzz.seeds import make_seeds
from catalogue_reading import dump
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinoteka.database import Database
from kinoteka.errors import UsageError
from kinoteka.importers.report import Report
from kinoteka.importers.service import import_csv, import_imdb, import_jsonl

SEEDS = make_seeds()
Import = Callable[[Database, Path, bytes], Awaitable[Report]]


async def _own(
    run: Callable[[Database, Path], Awaitable[Report]], database: Database, folder: Path, data: bytes
) -> Report:
    path = folder / "films"
    path.write_bytes(data)
    return await run(database, path)


async def _imdb(database: Database, folder: Path, data: bytes) -> Report:
    for table, part in zip(TABLES, data.split(b"\0"), strict=False):
        (folder / f"{table}.tsv").write_bytes(part)
    return await import_imdb(database, folder)


IMPORTS: dict[str, Import] = {
    "csv": partial(_own, import_csv),
    "jsonl": partial(_own, import_jsonl),
    "tsv": _imdb,
}


@pytest.mark.parametrize("name", IMPORTS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_file_is_taken_or_refused_as_a_whole(
    name: str, database: Database, tmp_path: Path, data: st.DataObject
) -> None:
    content = data.draw(mutated(SEEDS[name]))
    before = await dump(database)
    try:
        report = await IMPORTS[name](database, tmp_path, content)
    except UsageError:
        assert await dump(database) == before
        return
    after = await dump(database)
    assert len(after["film"]) == len(before["film"]) + report.new
    assert len(after["person"]) == len(before["person"]) + report.persons_new
    assert (after != before) == report.touched
    again = await IMPORTS[name](database, tmp_path, content)
    assert not again.touched
    assert await dump(database) == after
