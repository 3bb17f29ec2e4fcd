"""What concerns the words of titles, of films that have passed everything else: the engine's own folding, in Python."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from kinoteka.search.documents import sort_text
from kinoteka.search.filtering import title_beginnings
from kinoteka.search.keys import exact_keys

COLUMNS = """
o.film_id, f.title, f.original_title, ARRAY(SELECT title FROM alternative_title WHERE film_id = f.id) AS others
"""
_SLICE = 250
"""Films after which other tasks of the process have a turn: a millisecond or two."""

Titled = Row[Any]


async def begin_with(rows: Sequence[Titled], prefix: str) -> list[Titled]:
    """Those of which any title begins so."""
    beginnings = title_beginnings(prefix)

    def begins(row: Titled) -> bool:
        titles = [row.title, *([row.original_title] if row.original_title else []), *row.others]
        return beginnings == ("",) or any(key.startswith(beginnings) for key in exact_keys(titles))

    found = await _in_slices(rows, begins)
    return [row for row, is_one in zip(rows, found, strict=True) if is_one]


async def sorted_by_title(rows: Sequence[Titled], descending: bool) -> list[tuple[str, UUID]]:
    """Ties by id, ascending either way."""
    texts = await _in_slices(rows, lambda row: sort_text(row.title))
    by_id = sorted(zip(texts, (row.film_id for row in rows), strict=True), key=lambda one: one[1])
    return sorted(by_id, key=lambda one: one[0], reverse=descending)


async def _in_slices(rows: Sequence[Titled], look: Callable[[Titled], Any]) -> list[Any]:
    seen: list[Any] = []
    for start in range(0, len(rows), _SLICE):
        seen += map(look, rows[start : start + _SLICE])
        await asyncio.sleep(0)
    return seen
