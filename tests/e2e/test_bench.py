"""What `make bench` measures on what is shipped, and how two runs are compared."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.bench.compare import verdict
from benchmarks.bench.targets import TARGETS
from benchmarks.lines import Line, at_least, below

from tests.e2e.bench import ROOT, measure

SECTIONS = ("hot", "uncached", "copy", "freshness", "fanout", "writes", "sign-ins", "memory")


@pytest.mark.slow
def test_all_that_needs_no_servers_is_measured(tmp_path: Path) -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "KINOTEKA_"))}
    run = measure(tmp_path / "run.json", alone, SECTIONS)
    aimed = {(line.name, line.of) for line in run.lines if line.target}
    assert {("hot list of 50", "bare, same body"), ("changes through SQL", "without the outbox")} <= aimed
    assert aimed <= TARGETS.keys()
    command = [sys.executable, "-m", "benchmarks.bench.compare", *[str(tmp_path / "run.json")] * 2]
    compared = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "one round says nothing" in compared.stdout


def test_an_unknown_section_is_refused_with_those_there_are() -> None:
    command = [sys.executable, "-m", "benchmarks.bench", "--only", "hot,nothing"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (refused.returncode, refused.stderr.split(";")[0]) == (1, "There is no section nothing")


def ratio(*figures: float) -> Line:
    return Line(name="hot film", unit="/s", values=[*figures], of="bare", beside=[1.0] * len(figures))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (ratio(0.70, 0.72, 0.71), ratio(0.80, 0.82, 0.81), "higher"),
        (ratio(0.70, 0.72, 0.71), ratio(0.60, 0.62, 0.61), "lower"),
        (ratio(0.60, 0.72, 0.71), ratio(0.71, 0.82, 0.81), "within the noise"),
        (ratio(0.60), ratio(0.71, 0.82, 0.81), "one round says nothing"),
    ],
)
def test_a_change_counts_only_outside_of_the_noise(before: Line, after: Line, said: str) -> None:
    assert verdict(before, after) == said


def test_a_target_is_a_floor_or_a_ceiling() -> None:
    assert [at_least(0.6).is_met(figure) for figure in (0.59, 0.6)] == [False, True]
    assert [below(500).is_met(figure) for figure in (499.0, 500.0)] == [True, False]
