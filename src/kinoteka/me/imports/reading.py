"""Files of every source, read as entries."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Literal, get_args

from kinoteka.me.imports.entries import Entry
from kinoteka.me.imports.files import MOST_ROWS, refused_file
from kinoteka.me.imports.sources import imdb, kinoteka, letterboxd, movielens, trakt

SourceName = Literal["letterboxd", "imdb", "trakt", "movielens", "kinoteka"]
SOURCES: tuple[SourceName, ...] = get_args(SourceName)

_READ: dict[SourceName, Callable[[bytes, str], Iterator[Entry]]] = {
    "letterboxd": letterboxd.read,
    "imdb": imdb.read,
    "trakt": trakt.read,
    "movielens": movielens.read,
    "kinoteka": kinoteka.read,
}


def read_entries(source: SourceName, content: bytes, name: str) -> Iterator[Entry]:
    """One for every row, in the order of the file; the same each time. Raises InvalidError as it goes."""
    return _READ[source](content, name)


def count_entries(source: SourceName, content: bytes, name: str) -> int:
    """Reads the whole file, so that one which is damaged or too long is refused before anything is done with it.

    Raises InvalidError.
    """
    count = sum(1 for _ in islice(read_entries(source, content, name), MOST_ROWS + 1))
    if count > MOST_ROWS:
        raise refused_file("too_large", f"it has more than {MOST_ROWS:,} rows")
    if count == 0:
        raise refused_file("empty", "it has no rows")
    return count
