"""`make relevance` in small: that it asks every slice. Times are not for a test, so its exit status is not either."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SLICES = ("exact", "one typo", "person + title word", "Ukrainian inflected", "wrong layout, English on", "nonsense")


def test_every_slice_is_measured_with_its_interval() -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    command = [sys.executable, "-m", "benchmarks.relevance", "--size", "5"]
    measured = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=120, check=False)
    assert measured.stderr == ""
    rows = [line for line in measured.stdout.splitlines() if "–" in line]
    assert all(any(name in row for row in rows) for name in SLICES), measured.stdout
    assert "Relevance with elasticsearch" not in measured.stdout
