"""Both engines find the same."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_engines_agree_in_every_slice_and_the_page_shows_it(tmp_path: Path) -> None:
    page = tmp_path / "relevance.md"
    command = [sys.executable, "-m", "benchmarks.relevance.page", str(page), "--size", "10"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert made.returncode == 0, made.stdout + made.stderr + page.read_text()
    text = page.read_text()
    assert "| slice | queries | gate | tantivy | 95 % | elasticsearch | 95 % | apart |" in text
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| exact")]
    assert [row[-2] == row[-1].removesuffix(" |") for row in rows[1:]] == [True, True], "the same answers"
