"""What is fuzzed: from any bytes come rows, or faults that have names. Any other exception is a finding.

The importers' part before the database: what they read, judge and hand to COPY.
"""

import tempfile
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any, get_args

from kinoteka.catalogue.photos.reencode import judge
from kinoteka.catalogue.photos.verdict import Limits
from kinoteka.errors import InvalidError, UsageError
from kinoteka.importers import csv_rows, jsonl
from kinoteka.importers.imdb import folder as imdb_folder
from kinoteka.importers.options import ImdbOptions, no_progress
from kinoteka.importers.report import Findings, Report
from kinoteka.importers.staging import Stage
from kinoteka.me.imports.entries import Entry
from kinoteka.me.imports.files import MOST_ROWS
from kinoteka.me.imports.reading import SourceName, count_entries, read_entries

TABLES = ("title.basics", "title.ratings", "title.crew", "title.principals", "title.akas", "name.basics")
MOST_OUTPUT = 64
"""Bytes staged for each byte that came in, at the most, and a kilobyte: nothing small becomes large."""
_PIXELS = 1_000_000

Harness = Callable[[bytes], None]


class _NoDatabase(Stage):
    """Checks what would be copied, and forgets it."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type] # nothing is sent
        self.characters = 0

    async def flush(self) -> None:
        for table, lines in self.rows.items():
            for line in lines:
                assert line.count("\n") == 1, (table, line)
                line.encode()
                self.characters += len(line)
            lines.clear()


def catalogue_csv(data: bytes) -> None:
    _load(data, "films.csv", lambda stage, findings, path: csv_rows.load(stage, findings, path, no_progress))


def catalogue_jsonl(data: bytes) -> None:
    findings = _load(data, "films.jsonl", lambda stage, found, path: jsonl.load(stage, found, path, no_progress))
    if findings is not None:
        assert findings.report.refused_rows <= data.count(b"\n") + 1


def catalogue_tsv(data: bytes) -> None:
    """The files of a folder, with a NUL between."""
    parts = dict(zip(TABLES, data.split(b"\0"), strict=False))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, part in parts.items():
            (folder / f"{table}.tsv").write_bytes(part)
        options = ImdbOptions()
        _judge(data, lambda stage, findings: imdb_folder.load(stage, findings, folder, options, no_progress))


def _load(
    data: bytes, name: str, load: Callable[[Stage, Findings, Path], Coroutine[Any, Any, None]]
) -> Findings | None:
    with tempfile.NamedTemporaryFile(suffix=name) as file:
        file.write(data)
        file.flush()
        return _judge(data, lambda stage, findings: load(stage, findings, Path(file.name)))


def _judge(data: bytes, load: Callable[[Stage, Findings], Coroutine[Any, Any, None]]) -> Findings | None:
    stage, findings = _NoDatabase(), Findings(Report())
    try:
        _finish(load(stage, findings))
        _finish(stage.flush())
    except UsageError:
        return None
    assert stage.characters <= MOST_OUTPUT * len(data) + 1024
    for tally in findings.report.refused.values():
        assert all(finding.line > 0 and finding.detail for finding in tally.examples)
    return findings


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """To its end at once: without a database it waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits")


def own_file(source: SourceName, data: bytes) -> None:
    """The same rows each time, each with what the job needs of it."""
    try:
        count = count_entries(source, data, "own")
    except InvalidError:
        return
    assert 0 < count <= MOST_ROWS
    entries = [_sound(entry) for entry in read_entries(source, data, "own")]
    assert len(entries) == count


def _sound(entry: Entry) -> Entry:
    """PostgreSQL takes no NUL and no half of a surrogate pair."""
    for text in (entry.file, entry.title or "", entry.fault or "", *entry.ids.values()):
        assert "\0" not in text
        text.encode()
    assert entry.halves is None or 2 <= entry.halves <= 20
    return entry


def photo(data: bytes) -> None:
    verdict = judge(data, Limits(pixels=_PIXELS, memory=0, cpu=0))
    assert verdict is not None


HARNESSES: Mapping[str, Harness] = {
    "csv": catalogue_csv,
    "jsonl": catalogue_jsonl,
    "tsv": catalogue_tsv,
    **{f"own-{source}": partial(own_file, source) for source in get_args(SourceName)},
    "photo": photo,
}
