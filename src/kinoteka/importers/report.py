"""What an import did, and what it did not take: by file, line and reason."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from msgspec import Struct, field
from msgspec.json import encode

from kinoteka.errors import UsageError

_EXAMPLES = 3


class Finding(Struct, frozen=True):
    """A row that was refused, or taken without one of its values (mended). `line` counts from 1, header included."""

    kind: str
    file: str
    line: int
    reason: str
    detail: str


class Tally(Struct):
    count: int = 0
    examples: list[Finding] = field(default_factory=list)


class Report(Struct, kw_only=True):
    """Films by what became of them; `refused` and `mended` by reason, each with its first examples.

    `refused_rows` counts rows, the tallies count faults: a row may have several.
    """

    dry_run: bool = False
    bulk: bool = False
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused_rows: int = 0
    persons_new: int = 0
    persons_changed: int = 0
    genres_new: int = 0
    refused: dict[str, Tally] = field(default_factory=dict)
    mended: dict[str, Tally] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def touched(self) -> bool:
        """True when anything in the catalogue differs from before."""
        return bool(self.new or self.changed or self.persons_new or self.persons_changed or self.genres_new)


class Findings:
    """Collects into a report and, when there is one, writes each finding to the report file as it comes."""

    def __init__(self, report: Report, output: IO[bytes] | None = None) -> None:
        self.report = report
        self._output = output
        self.files: list[str] = []

    def file(self, name: str) -> int:
        """A number for the file's name, which staged rows carry so that SQL can name their file."""
        self.files.append(name)
        return len(self.files) - 1

    def refuse(self, file: int, line: int, reason: str, detail: str) -> None:
        self.refuse_row(file, line, [(reason, detail)])

    def refuse_row(self, file: int, line: int, faults: Sequence[tuple[str, str]]) -> None:
        """One row, all that is wrong with it."""
        self.report.refused_rows += 1
        for reason, detail in faults:
            self._add(self.report.refused, Finding("refused", self.files[file], line, reason, detail))

    def mend(self, file: int, line: int, reason: str, detail: str) -> None:
        self._add(self.report.mended, Finding("mended", self.files[file], line, reason, detail))

    def _add(self, tallies: dict[str, Tally], finding: Finding) -> None:
        tally = tallies.setdefault(finding.reason, Tally())
        tally.count += 1
        if len(tally.examples) < _EXAMPLES:
            tally.examples.append(finding)
        if self._output is not None:
            self._output.write(encode(finding) + b"\n")


@contextmanager
def open_findings(report: Report, path: Path | None) -> Iterator[Findings]:
    """Raises UsageError when the report file cannot be written."""
    if path is None:
        yield Findings(report)
        return
    try:
        output = path.open("wb")
    except OSError as error:
        raise UsageError(f"The report file {path} cannot be written: {error.strerror}.") from error
    with output:
        yield Findings(report, output)
