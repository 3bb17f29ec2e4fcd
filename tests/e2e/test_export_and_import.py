"""What leaves through one program comes in through another, and nothing is lost."""

import gzip
import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import KINOTEKA, environment, run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    assert run(data, "demo", "load").returncode == 0
    return data


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_export_import_export_is_equal_to_the_byte(data: Path, tmp_path: Path, kind: str) -> None:
    first, second = tmp_path / f"first.{kind}", tmp_path / f"second.{kind}.gz"
    assert run(data, "export", kind, str(first)).returncode == 0
    elsewhere = tmp_path / "elsewhere"
    answer = run(elsewhere, "import", kind, str(first))
    assert answer.returncode == 0, answer.stderr
    assert "0 rows refused" in answer.stdout
    assert run(elsewhere, "export", kind, str(second)).returncode == 0
    assert gzip.decompress(second.read_bytes()) == first.read_bytes()
    assert list(tmp_path.glob("*.part")) == []


def test_standard_output_and_a_reader_that_leaves(data: Path, tmp_path: Path) -> None:
    whole = run(data, "export", "csv", "-")
    assert whole.stdout.splitlines()[0].startswith("id,title,original_title")
    command = ["bash", "-c", f"{' '.join(KINOTEKA)} export jsonl - | head -c 100"]
    cut = subprocess.run(command, env=environment(data), capture_output=True, timeout=90)
    assert len(cut.stdout) == 100
    assert cut.stderr == b""


def test_faults_are_one_sentence(data: Path, tmp_path: Path) -> None:
    for words in (
        ("export", "csv", str(tmp_path / "no" / "such" / "folder.csv")),
        ("import", "csv", str(tmp_path / "missing.csv")),
        ("import", "imdb", str(tmp_path / "missing")),
    ):
        answer = run(data, *words)
        assert answer.returncode == 1, words
        assert answer.stderr.count("\n") == 1, answer.stderr
        assert "Traceback" not in answer.stderr
        assert "unforeseen" not in answer.stderr
