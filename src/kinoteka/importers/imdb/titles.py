"""title.basics: chooses the titles that are taken, and stages them."""

from collections.abc import Iterator

from msgspec import Struct, field

from kinoteka.catalogue.limits import FIRST_YEAR, LAST_YEAR, LONGEST_GENRE, LONGEST_TITLE
from kinoteka.catalogue.text import same_text_key
from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.imdb.tsv import NOTHING, Table, whole_number
from kinoteka.importers.options import ImdbOptions
from kinoteka.importers.rows import RowFault, text_fault
from kinoteka.importers.staging import FIELDS, Stage, copy_line

COLUMNS = ("tconst", "titleType", "primaryTitle", "originalTitle", "isAdult", "startYear", "runtimeMinutes", "genres")
LONGEST_RUNTIME = 24 * 60
"""Minutes. IMDb has films of up to 51,420; those above a day are mostly slips and are taken as unknown."""

_BRINGS = FIELDS["original_title"] | FIELDS["imdb"]


class Selection(Struct):
    """`known`: every title of the file; `taken`: those imported. `voted` is None without a minimum of votes."""

    known: NumberSet = field(default_factory=NumberSet)
    taken: NumberSet = field(default_factory=NumberSet)
    voted: NumberSet | None = None


async def stage_titles(table: Table, stage: Stage, selection: Selection, options: ImdbOptions) -> None:
    stager = _TitleStager(table, stage, selection, options)
    for first, lines in table.blocks():
        for number, line in enumerate(lines, first):
            cells = table.cells(line, number)
            if cells is not None:
                stager.add(cells, number)
        await stage.flush()


def is_taken(table: Table, tconst: str, line: int, selection: Selection) -> bool:
    """Whether a row of another file belongs to a title that is imported; one of no title at all is refused."""
    number = number_of(tconst, "tt")
    if number in selection.taken:
        return True
    if number < 0:
        table.refuse(line, "bad_id", f"{tconst[:40]!r} is not a title's id")
    elif number not in selection.known:
        table.refuse(line, "dangling_title", f"{tconst} is not in title.basics")
    return False


class _TitleStager:
    def __init__(self, table: Table, stage: Stage, selection: Selection, options: ImdbOptions) -> None:
        self._table = table
        self._films = stage.rows["stage_film"]
        self._genres = stage.rows["stage_genre"]
        self._selection = selection
        self._options = options
        self._genre_keys: dict[str, str | None] = {}

    def add(self, cells: list[str], line: int) -> None:
        tconst, kind, title, original, adult, year_cell, runtime, genres = [
            cells[place] for place in self._table.places
        ]
        number = number_of(tconst, "tt")
        if number < 0:
            if kind in self._options.types:
                self._table.refuse(line, "bad_id", f"{tconst[:40]!r} is not a title's id")
            return
        first = self._selection.known.add(number)
        year = whole_number(year_cell)
        if not self._is_wanted(number, kind, adult, year):
            return
        if not first:
            self._table.refuse(line, "duplicate", f"{tconst} is in an earlier line")
            return
        title, original = title.strip(), original.strip()
        if faults := list(_faults(title, year, year_cell)):
            self._table.refuse_row(line, faults)
            return
        self._selection.taken.add(number)
        self._stage_film(tconst, line, title, original, year, runtime)
        self._stage_genres(tconst, line, genres)

    def _is_wanted(self, number: int, kind: str, adult: str, year: int | None) -> bool:
        options = self._options
        if kind not in options.types or (adult != "0" and adult != NOTHING and not options.adult):
            return False
        if year is not None and not (options.year_from or year) <= year <= (options.year_to or year):
            return False
        return self._selection.voted is None or number in self._selection.voted

    def _stage_film(self, tconst: str, line: int, title: str, original: str, year: int | None, runtime: str) -> None:
        brings = _BRINGS
        minutes = None
        if runtime != NOTHING:
            minutes = whole_number(runtime)
            if minutes is None or not 1 <= minutes <= LONGEST_RUNTIME:
                self._table.mend(line, "runtime", f"{tconst}: runtime {runtime[:40]!r} was taken as unknown")
                minutes = None
            else:
                brings |= FIELDS["minutes"]
        if original == NOTHING or text_fault("original title", original, LONGEST_TITLE):
            brings &= ~FIELDS["original_title"]
            original = ""
        values = (title, same_text_key(title), original or None, None, year, minutes, None, 0, None, None)
        self._films.append(copy_line(tconst, self._table.file, line, brings, None, tconst, None, *values))

    def _stage_genres(self, tconst: str, line: int, cell: str) -> None:
        if cell == NOTHING:
            return
        for position, name in enumerate(cell.split(",")):
            key = self._genre_keys[name] if name in self._genre_keys else self._remember_genre(name)
            if key is None:
                self._table.mend(line, "genre", f"{tconst}: the genre {name[:40]!r} was left out")
            else:
                self._genres.append(copy_line(tconst, position, None, name, key, line))

    def _remember_genre(self, name: str) -> str | None:
        key = None if text_fault("genre", name, LONGEST_GENRE) else same_text_key(name)
        if len(self._genre_keys) < 10_000:  # IMDb has 28; a damaged file must not fill the memory
            self._genre_keys[name] = key
        return key


def _faults(title: str, year: int | None, year_cell: str) -> Iterator[RowFault]:
    if title == NOTHING:
        yield "title_missing", "the title is missing"
    elif fault := text_fault("title", title, LONGEST_TITLE):
        yield fault
    if year_cell == NOTHING:
        yield "year_missing", f"{title[:80]}: the year is missing"
    elif year is None or not FIRST_YEAR <= year <= LAST_YEAR:
        yield "year_range", f"year {year_cell[:40]!r} is not between {FIRST_YEAR} and {LAST_YEAR}"
