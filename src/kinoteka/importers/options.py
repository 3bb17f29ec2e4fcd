"""What the person who starts an import chooses, and how it is told how far the import is."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

Progress = Callable[[str, int, int, int], None]
"""(file, bytes done, bytes in all, rows so far). A total of 0 means unknown. The step `MERGE` counts statements."""

MERGE = "catalogue"


class ImportOptions(Struct, frozen=True, kw_only=True):
    """`report`: a file that gets one JSON object per refused or mended row."""

    dry_run: bool = False
    report: Path | None = None


class ImdbOptions(ImportOptions, frozen=True, kw_only=True):
    """Which titles are taken. `descriptions`: JSON Lines, plain or gzipped, with `tconst` and `description`."""

    types: frozenset[str] = frozenset({"movie"})
    minimum_votes: int = 0
    year_from: int | None = None
    year_to: int | None = None
    adult: bool = False
    descriptions: Path | None = None


def no_progress(_file: str, _done: int, _total: int, _rows: int) -> None:
    """For callers that show none."""
