"""What `make bench` measures on what is shipped, and how two runs are compared."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.bench.compare import verdict
from benchmarks.bench.targets import TARGETS
from benchmarks.flames import draw
from benchmarks.lines import Line, at_least, below
from benchmarks.profiles import read_stacks

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
    page = tmp_path / "benchmarks.md"
    command = [sys.executable, "-m", "benchmarks.bench.page", str(page), str(tmp_path / "run.json")]
    subprocess.run(command, cwd=ROOT, timeout=60, check=True)
    assert page.read_text().count("\n| hot | hot film | ") == 1


def test_a_graph_shows_every_frame_that_is_wide_enough_and_escapes_it() -> None:
    stacks = Counter({("app.py run", "app.py <lambda>"): 996, ("app.py run", "app.py once"): 3})
    drawn = ElementTree.fromstring(draw(stacks, "Where it goes"))  # noqa: S314 - of our own making
    titles = [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert titles == ["all: 100.0%", "app.py run: 100.0%", "app.py <lambda>: 99.7%"]


def test_who_waits_for_work_is_in_no_graph() -> None:
    waiting = "_bootstrap (/usr/lib/threading.py:1);_worker (/usr/lib/concurrent/futures/thread.py:81) 7"
    lines = [waiting, "run (/x/site-packages/app.py:3);answer (/x/site-packages/app.py:9) 4", " 5"]
    assert read_stacks(lines) == {("app.py run", "app.py answer"): 4}


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
