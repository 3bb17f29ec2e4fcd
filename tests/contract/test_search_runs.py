"""The embedded index sorts by one number; documents that share it are put in order by reading around a page. However
long they go on and however little is read, the order is the true one."""

from pathlib import Path

import pytest
from engines import make
from search_catalogue import documents
from test_search_lists import in_order, leaf, many_films, walk

from kinoteka.search.query import Sort, SortKey
from kinoteka.search.tantivy import listing

SIZE = 37


@pytest.mark.parametrize("margins", [(1,), (3, 20), (64,)])
@pytest.mark.parametrize("key", ["year", "title", "created_at"])
async def test_runs_longer_than_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: SortKey, margins: tuple[int, ...]
) -> None:
    monkeypatch.setattr(listing, "_NARROW", margins)
    monkeypatch.setattr(listing, "_WIDE", margins)
    engine = make("tantivy", str(tmp_path / "index"))
    await (await engine.start_build()).publish()
    # These ids begin alike, so that as many films share a number as share what is sorted by.
    await engine.write(documents("film", many_films()))
    sort, expected = Sort(key), in_order(key, descending=False)
    assert await leaf(engine, "film", sort, SIZE) == expected
    assert await walk(engine, "film", sort, SIZE) == expected
    await engine.close()
