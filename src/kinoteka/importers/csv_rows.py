"""Kinoteka's own CSV: each row becomes the JSON form of a film, and is read as that."""

import csv
from collections.abc import Iterator
from pathlib import Path

from kinoteka.catalogue.csv_format import COLUMNS, split_list, split_title, unshield
from kinoteka.errors import UsageError
from kinoteka.importers.film_json import FilmJson, Json
from kinoteka.importers.films import FilmStager
from kinoteka.importers.lines import read_blocks
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.rows import RowFault
from kinoteka.importers.staging import Stage

_REQUIRED = ("title", "year")
_LONGEST_CELL = 1 << 24
_ROLES = (("directors", "director_ids"), ("writers", "writer_ids"), ("actors", "actor_ids"))


async def load(stage: Stage, findings: Findings, path: Path, progress: Progress) -> None:
    file = findings.file(path.name)
    csv.field_size_limit(_LONGEST_CELL)
    rows = _read_rows(path, findings, file, progress)
    _, header = next(rows, (1, []))
    _check_header(header, findings, file)
    stager = FilmStager(stage, findings, file)
    for line, cells in rows:
        _add(stager, findings, file, line, header, cells)
        if stage.is_full():
            await stage.flush()


def _read_rows(path: Path, findings: Findings, file: int, progress: Progress) -> Iterator[tuple[int, list[str]]]:
    """(line a row begins on, its cells). A row that is not CSV is refused and the next line begins a new one."""
    reader = csv.reader(_lines(path, findings, file, progress), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            findings.refuse(file, line, "csv", f"not CSV: {error}")
            continue
        if cells is None:
            return
        if cells:
            yield line, cells


def _lines(path: Path, findings: Findings, file: int, progress: Progress) -> Iterator[str]:
    for _, lines in read_blocks(path, findings, file, progress):
        for line in lines:
            yield line + "\n"


def _check_header(header: list[str], findings: Findings, file: int) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise UsageError(
            f"{findings.files[file]} has no column {' and no column '.join(missing)} in its first line; "
            f"its columns are separated by commas and named {', '.join(COLUMNS)}."
        )
    if repeated := {name for name in header if header.count(name) > 1}:
        raise UsageError(f"{findings.files[file]} has the column {min(repeated)} twice.")
    for name in header:
        if name not in COLUMNS:
            findings.mend(file, 1, "unknown_column", f"the column {name[:80]!r} means nothing here and was ignored")


def _add(stager: FilmStager, findings: Findings, file: int, line: int, header: list[str], cells: list[str]) -> None:
    if len(cells) != len(header):
        findings.refuse(file, line, "ragged", f"{len(cells)} cells where the header has {len(header)}")
        return
    row = {name: unshield(cell) for name, cell in zip(header, cells, strict=True)}
    source, faults = _film_source(row)
    reader = FilmJson(source)
    film = reader.film()
    if film is None or faults:
        findings.refuse_row(file, line, [*faults, *reader.faults])
    else:
        stager.stage(film, line)


def _film_source(row: dict[str, str]) -> tuple[Json, list[RowFault]]:
    faults: list[RowFault] = []
    source: Json = {name: row[name] or None for name in ("id", "title", "original_title", "description") if name in row}
    source |= {name: _number(row[name]) for name in ("year", "minutes", "rating", "votes") if name in row}
    source["external_ids"] = {name: row[name] or None for name in ("imdb", "tmdb") if name in row}
    if "genres" in row:
        source["genres"] = [{"name": name} for name in split_list(row["genres"])]
    if "alternative_titles" in row:
        titles = [split_title(element) for element in split_list(row["alternative_titles"])]
        source["alternative_titles"] = [{"title": title, "language": language} for title, language in titles]
    for names, ids in _ROLES:
        if names in row or ids in row:
            source[names] = _people(row, names, ids, faults)
    return source, faults


def _number(cell: str) -> int | float | str | None:
    """What is no number stays text, which is then refused as such."""
    if not cell:
        return None
    try:
        return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 20 else float(cell)
    except ValueError:
        return cell


def _people(row: dict[str, str], names_column: str, ids_column: str, faults: list[RowFault]) -> list[Json]:
    """Parallel lists; any of them may be empty, else it must be as long as the longest."""
    columns = {"name": names_column, "id": ids_column}
    if names_column == "actors":
        columns["character"] = "characters"
    lists = {key: split_list(row.get(column, "")) for key, column in columns.items()}
    length = max(len(lists["name"]), len(lists["id"]))
    for key, values in lists.items():
        if values and len(values) != length:
            faults.append(("lengths", f"{columns[key]} lists {len(values)} where {names_column} lists {length}"))
            return []
    return [
        {key: values[place] or None for key, values in lists.items() if values}  # an empty element is none
        for place in range(length)
    ]
