"""Our own CSV, as /me/exports/csv gives it: list, film_id, imdb, tmdb, title, year, score, at."""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import cast
from uuid import UUID

from kinoteka.catalogue.csv_format import unshield
from kinoteka.me.imports.entries import (
    Entry,
    IdSource,
    Target,
    WrongScoreError,
    halves_of_points,
    read_id,
    read_moment,
    read_title,
    read_year,
)
from kinoteka.me.imports.files import Row, csv_rows, is_zip, refused_file

COLUMNS = ("list", "film_id", "imdb", "tmdb", "title", "year", "score", "at")
_TARGETS = ("ratings", "favourites", "wishlist")


def read(content: bytes, name: str) -> Iterator[Entry]:
    if is_zip(content):
        raise refused_file("wrong_type", "it must be a CSV file, not packed")
    for line, row in csv_rows(io.BytesIO(content), "list", "film_id"):
        yield _entry(name, line, row)


def _entry(file: str, line: int, row: Row) -> Entry:
    name = row.get("list", "").strip()
    fault = None if name in _TARGETS else f"list must be one of {', '.join(_TARGETS)}"
    target, halves = cast("Target", name if name in _TARGETS else "ratings"), None
    if target == "ratings":
        try:
            halves = halves_of_points(row.get("score", ""))
        except WrongScoreError as error:
            fault = fault or str(error)
    return Entry(
        file=file,
        line=line,
        target=target,
        title=read_title(unshield(row.get("title", ""))),
        year=read_year(row.get("year")),
        ids=_ids(row),
        halves=halves,
        at=read_moment(row.get("at")),
        fault=fault,
    )


def _ids(row: Row) -> dict[IdSource, str]:
    found: dict[IdSource, str] = {}
    with suppress(ValueError):
        found["film"] = str(UUID(row.get("film_id", "").strip()))
    sources: tuple[IdSource, ...] = ("imdb", "tmdb")
    return found | {source: value for source in sources if (value := read_id(row.get(source)))}
