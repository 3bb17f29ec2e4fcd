"""A run of `make bench`, and the file it is kept in."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.bench.sections import Sizes
from benchmarks.lines import Line
from benchmarks.machine import Machine

FOLDER = Path("build/bench")


class Run(Struct):
    machine: Machine
    sizes: Sizes
    lines: list[Line]
    failed: dict[str, str] = {}
    """Sections that ended with an error."""
    left_out: dict[str, str] = {}
    at: str = ""

    @property
    def missed(self) -> list[Line]:
        return [line for line in self.lines if line.is_missed]


def new_path() -> Path:
    return FOLDER / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.json"


def save(run: Run, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1))


def newest(number: int) -> list[Path]:
    """The last ones kept in the folder, the older first, whatever their names."""
    return sorted(FOLDER.glob("*.json"), key=lambda path: load(path).at)[-number:]


def load(path: Path) -> Run:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Run)
    except (OSError, msgspec.DecodeError) as error:
        raise SystemExit(f"{path} is no run of make bench: {error}") from error
