"""`make scale` in small: that it measures, goes on where it was cut off and makes its page, not what it measures."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.scale.parts import PARTS
from benchmarks.scale.results import Result, find, path_of

from tests.e2e.bench import ROOT

FILMS = 300


def measure(folder: Path, shape: str, environment: Mapping[str, str], *parts: str) -> Result:
    command = [sys.executable, "-m", "benchmarks.scale", "--films", str(FILMS), "--shape", shape, "--seconds", "0.1"]
    command += ["--folder", str(folder), *(("--parts", ",".join(parts)) if parts else ())]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    result = find(path_of(folder, shape, FILMS))
    assert result
    return result


def check(result: Result, programs: set[str]) -> None:
    """That everything was measured that a page shows."""
    assert [*result.steps] == [*PARTS]
    assert result.counts["films"] == FILMS
    assert result.counts["persons"] == 2 * FILMS
    for name in ("import", "build", "export"):
        step = result.steps[name]
        assert step.uses.keys() >= programs, name
        assert step.cpu > 0, name
        assert all(use.memory > 0 for program, use in step.uses.items() if program in programs), name
    asked = {"search", "suggest", "list", "list by title", "film by id", "person by id"}
    assert result.latencies.keys() == result.costs.keys() == asked
    for by_clients in result.latencies.values():
        assert [*by_clients] == ["1", "8"]
        assert all(0 < one.p50 <= one.p99 and one.answers > 0 for one in by_clients.values())
    assert result.disk["database"] > 2**20
    assert result.disk["index"] > 2**10
