"""What was measured of one catalogue in one shape, and the file it is kept in: part by part, so that a run goes on."""

from pathlib import Path

import msgspec
from msgspec import Struct

from benchmarks.machine import Machine

FOLDER = Path("build/scale")


class Use(Struct):
    """Of the processes of one program. Seconds of a processor, and the most memory in MB: all that is resident, and
    what of it is not a file that the system could read again."""

    cpu: float = 0.0
    memory: float = 0.0
    own: float = 0.0


class Step(Struct):
    """Something that ran once. `size`: bytes or documents that came out."""

    seconds: float
    uses: dict[str, Use]
    size: int = 0
    load: float = 0.0
    """Of the machine, in the minute before its end."""

    @property
    def cpu(self) -> float:
        return sum(use.cpu for use in self.uses.values())


class Latency(Struct):
    """Milliseconds; answers a second."""

    p50: float
    p99: float
    rate: float
    answers: int


class Result(Struct):
    films: int
    shape: str
    machine: Machine
    counts: dict[str, int] = {}
    steps: dict[str, Step] = {}
    latencies: dict[str, dict[str, Latency]] = {}
    """By what was asked, then by how many asked at once."""
    costs: dict[str, dict[str, float]] = {}
    """By what was asked, then by program: milliseconds of a processor for an answer."""
    disk: dict[str, int] = {}
    """Bytes of each store."""
    film_ids: list[str] = []
    person_ids: list[str] = []


def path_of(folder: Path, shape: str, films: int) -> Path:
    return folder / f"{shape}-{films}.json"


def save(result: Result, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))


def find(path: Path) -> Result | None:
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.DecodeError as error:
        raise SystemExit(f"{path} is no result of make scale: {error}") from error
