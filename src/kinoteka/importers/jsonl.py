"""JSON Lines: one film a line."""

from pathlib import Path

from msgspec import DecodeError, json

from kinoteka.importers.film_json import FilmJson
from kinoteka.importers.films import FilmStager
from kinoteka.importers.lines import read_blocks
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.staging import Stage


async def load(stage: Stage, findings: Findings, path: Path, progress: Progress) -> None:
    file = findings.file(path.name)
    stager = FilmStager(stage, findings, file)
    for first, lines in read_blocks(path, findings, file, progress):
        for number, line in enumerate(lines, first):
            if line and not line.isspace():
                _add(stager, findings, file, number, line)
            if stage.is_full():
                await stage.flush()
        await stage.flush()


def _add(stager: FilmStager, findings: Findings, file: int, number: int, line: str) -> None:
    try:
        source = json.decode(line)
    except (DecodeError, RecursionError) as error:
        findings.refuse(file, number, "json", f"not JSON: {error}")
        return
    if not isinstance(source, dict):
        findings.refuse(file, number, "json", "the line is not a JSON object")
        return
    reader = FilmJson(source)
    film = reader.film()
    for key in reader.unknown:
        findings.mend(file, number, "unknown_key", f"the key {key[:80]!r} means nothing here and was ignored")
    if film is None:
        findings.refuse_row(file, number, reader.faults)
    else:
        stager.stage(film, number)
