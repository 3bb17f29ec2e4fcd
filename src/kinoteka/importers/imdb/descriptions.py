"""Descriptions from a file of one's own, joined by the title's id: IMDb's public files have none."""

from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from kinoteka.catalogue.limits import LONGEST_DESCRIPTION
from kinoteka.importers.imdb.selection import NumberSet, number_of
from kinoteka.importers.imdb.titles import Selection
from kinoteka.importers.lines import read_blocks
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.rows import prose_fault
from kinoteka.importers.staging import Stage, copy_line


class _Description(Struct):
    tconst: str
    description: str


async def stage_descriptions(
    path: Path, stage: Stage, findings: Findings, selection: Selection, progress: Progress
) -> None:
    file = findings.file(path.name)
    descriptions = stage.rows["stage_description"]
    decoder = Decoder(_Description)
    seen = NumberSet()
    for first, lines in read_blocks(path, findings, file, progress):
        for number, line in enumerate(lines, first):
            if not line or line.isspace():
                continue
            try:
                entry = decoder.decode(line)
            except DecodeError as error:
                findings.refuse(file, number, "json", f"not an object with tconst and description: {error}")
                continue
            if fault := _fault(entry, selection, seen):
                findings.refuse(file, number, *fault)
            elif number_of(entry.tconst, "tt") in selection.taken:
                descriptions.append(copy_line(entry.tconst, entry.description))
        await stage.flush()


def _fault(entry: _Description, selection: Selection, seen: NumberSet) -> tuple[str, str] | None:
    number = number_of(entry.tconst, "tt")
    if number < 0:
        return "bad_id", f"{entry.tconst[:40]!r} is not a title's id"
    if number not in selection.known:
        return "dangling_title", f"{entry.tconst} is not in title.basics"
    if fault := prose_fault("description", entry.description, LONGEST_DESCRIPTION):
        return fault
    return None if seen.add(number) else ("duplicate", f"{entry.tconst} is in an earlier line")
