r"""IMDb's tab-separated files: no quoting, no escapes, `\N` for nothing, columns known by the names in line 1."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kinoteka.errors import UsageError
from kinoteka.importers.lines import Block, read_blocks
from kinoteka.importers.options import Progress
from kinoteka.importers.report import Findings
from kinoteka.importers.rows import RowFault

NOTHING = "\\N"


class Table:
    """One file. `blocks` gives its lines without the header; `places` are the wanted columns' places in a row."""

    def __init__(self, path: Path, columns: Sequence[str], findings: Findings, progress: Progress) -> None:
        self.file = findings.file(path.name)
        self._findings = findings
        self._blocks = read_blocks(path, findings, self.file, progress)
        first = next(self._blocks, (1, [""]))
        header = first[1][0].rstrip("\r").split("\t")
        if missing := [name for name in columns if name not in header]:
            raise UsageError(f"{path.name} has no column {', '.join(missing)} in its first line; nothing was changed.")
        self.width = len(header)
        self.places = [header.index(name) for name in columns]
        self._first: Block = (2, first[1][1:])

    def blocks(self) -> Iterator[Block]:
        yield self._first
        yield from self._blocks

    def cells(self, line: str, number: int) -> list[str] | None:
        """None for an empty line, and for one that has been refused as ragged."""
        cells = line.rstrip("\r").split("\t")
        if len(cells) == self.width:
            return cells
        if line and line != "\r":
            detail = f"{len(cells)} columns where the first line has {self.width}"
            self._findings.refuse(self.file, number, "ragged", detail)
        return None

    def refuse(self, number: int, reason: str, detail: str) -> None:
        self._findings.refuse(self.file, number, reason, detail)

    def refuse_row(self, number: int, faults: Sequence[RowFault]) -> None:
        self._findings.refuse_row(self.file, number, faults)

    def mend(self, number: int, reason: str, detail: str) -> None:
        self._findings.mend(self.file, number, reason, detail)


def find_table(folder: Path, name: str) -> Path | None:
    """The file `name`.tsv or `name`.tsv.gz."""
    return next((path for suffix in (".tsv", ".tsv.gz") if (path := folder / f"{name}{suffix}").is_file()), None)


def whole_number(cell: str) -> int | None:
    return int(cell) if cell.isdigit() and cell.isascii() and len(cell) < 10 else None
