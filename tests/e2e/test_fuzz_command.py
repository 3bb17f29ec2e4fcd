"""`make fuzz` for a moment: its processes run, count what they did, and say so."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_parser_named_is_fuzzed_in_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "csv", "tsv", "--seconds", "1", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = dict(re.findall(r"│ (csv|tsv) +│ +([\d,]+) +│ none", done.stdout))
    assert {name: int(runs.replace(",", "")) > 0 for name, runs in told.items()} == {"csv": True, "tsv": True}
    assert (tmp_path / "csv" / "log").read_text()


def test_a_name_that_is_no_parser_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "nothing"]
    refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2
    assert "there is no nothing" in refused.stderr
