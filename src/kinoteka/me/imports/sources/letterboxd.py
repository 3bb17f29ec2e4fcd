"""Letterboxd's export (Settings, Data): a zip with ratings.csv, watchlist.csv and likes/films.csv.

Stars go from 0.5 to 5. Films have no ids there but Letterboxd's own, so title and year decide. What was deleted there
is in folders of its own and is left alone.
"""

from collections.abc import Iterator

from kinoteka.me.imports.entries import (
    Entry,
    Target,
    WrongScoreError,
    halves_of_stars,
    read_moment,
    read_title,
    read_year,
)
from kinoteka.me.imports.files import Archive, Row, csv_rows, refused_file

_FILES: dict[str, Target] = {"ratings.csv": "ratings", "watchlist.csv": "wishlist", "likes/films.csv": "favourites"}


def read(content: bytes, _name: str) -> Iterator[Entry]:
    archive = Archive(content)
    present = [name for name in _FILES if name in archive.names]
    if not present:
        raise refused_file("no_lists", "it holds none of ratings.csv, watchlist.csv and likes/films.csv")
    for name in present:
        needed = ("name", "year", "rating") if name == "ratings.csv" else ("name", "year")
        with archive.open(name) as file:
            for line, row in csv_rows(file, *needed):
                yield _entry(name, line, row)


def _entry(file: str, line: int, row: Row) -> Entry:
    halves, fault = None, None
    if _FILES[file] == "ratings":
        try:
            halves = halves_of_stars(row.get("rating", ""))
        except WrongScoreError as error:
            fault = str(error)
    return Entry(
        file=file,
        line=line,
        target=_FILES[file],
        title=read_title(row.get("name")),
        year=read_year(row.get("year")),
        halves=halves,
        at=read_moment(row.get("date")),
        fault=fault,
    )
