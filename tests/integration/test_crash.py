"""The promise that nothing is lost and nothing comes back, whatever is killed: the benchmark in small."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_index_and_database_agree_after_kills(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.crash", "--changes", "1500", "--kills", "5", "--folder", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "index and database agree" in result.stdout
