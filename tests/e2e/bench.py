"""`make bench` in small: that it measures, not what it measures."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from benchmarks.bench.runs import Run

ROOT = Path(__file__).parents[2]
TINY = ("--films", "300", "--fanout", "100", "--rounds", "1", "--seconds", "0.2", "--changes", "40")


def measure(json: Path, environment: Mapping[str, str], sections: Sequence[str]) -> Run:
    command = [sys.executable, "-m", "benchmarks.bench", *TINY, "--json", str(json), "--only", ",".join(sections)]
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    run = msgspec.json.decode(json.read_bytes(), type=Run)
    assert [*dict.fromkeys(line.section for line in run.lines)] == [*sections], "each in its turn, none left out"
    for line in run.lines:
        assert all(value > 0 for value in line.values), line
        assert len(line.beside) == (len(line.values) if line.of else 0), line
        assert all(ratio > 0 for ratio in line.figures if line.of), line
        assert not line.more.get("reads that failed"), line
    return run
