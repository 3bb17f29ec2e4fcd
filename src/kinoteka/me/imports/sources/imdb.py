"""IMDb's exports of «Your ratings» and «Your watchlist»: CSV, columns found by their names, old and new ones.

A watchlist also says what one has scored; neither is lost. Rows may be ragged: what matters stands in front of the
titles, in which commas were not always quoted.
"""

import io
import re
from collections.abc import Iterator

from kinoteka.me.imports.entries import (
    Entry,
    WrongScoreError,
    begin,
    halves_of_points,
    read_moment,
    read_title,
    read_year,
)
from kinoteka.me.imports.files import Row, csv_rows, is_zip, refused_file

_ID = re.compile(r"tt\d{5,10}")
_WATCHLIST = ("position", "created")


def read(content: bytes, name: str) -> Iterator[Entry]:
    if is_zip(content):
        raise refused_file("wrong_type", "it must be IMDb's CSV file, not packed")
    for line, row in csv_rows(io.BytesIO(content), "const"):
        yield from _entries(name, line, row)


def _entries(file: str, line: int, row: Row) -> Iterator[Entry]:
    score = next((row[name] for name in ("your rating", "you rated") if row.get(name, "").strip()), None)
    is_wished = any(name in row for name in _WATCHLIST)
    if is_wished:
        yield _entry(file, line, row, None, wished=True)
    if score is not None or not is_wished:
        yield _entry(file, line, row, score or "", wished=False)


def _entry(file: str, line: int, row: Row, score: str | None, *, wished: bool) -> Entry:
    const = row.get("const", "").strip()
    halves, fault = None, None if _ID.fullmatch(const) else f"Const must be like tt0079944, and is «{begin(const)}»"
    if score is not None:
        try:
            halves = halves_of_points(score)
        except WrongScoreError as error:
            fault = fault or str(error)
    return Entry(
        file=file,
        line=line,
        target="wishlist" if wished else "ratings",
        title=read_title(row.get("title")),
        year=read_year(row.get("year")),
        ids={} if fault else {"imdb": const},
        halves=halves,
        at=read_moment(row.get("created") if wished else row.get("date rated")),
        fault=fault,
    )
