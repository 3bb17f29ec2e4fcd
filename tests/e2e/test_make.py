"""make on a machine that has Python and nothing else."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import environment, serve

ROOT = Path(__file__).parents[2]
NEEDED = (
    "Makefile",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "README.md",
    "LICENSE",
    "src",
    "tests",
)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh copy: no environment, no data."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder)
    return folder


def make(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    # sys.base_prefix: the interpreter outside of any environment.
    base = f"PYTHON={sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    command = ["make", "-C", str(folder), *([] if any(w.startswith("PYTHON=") for w in words) else [base]), *words]
    clean = environment(folder / "kinoteka-data", **environ)
    return subprocess.run(command, env=clean, capture_output=True, text=True, timeout=900)


def test_bare_make_lists_the_targets(clone: Path) -> None:
    answer = make(clone)
    assert answer.returncode == 0
    for target in (
        "run",
        "test",
        "test-services",
        "lint",
        "format",
        "types",
        "ci",
        "lock",
        "dist",
        "bench",
        "relevance",
    ):
        assert f"make {target} " in answer.stdout
    assert not (clone / ".venv").exists()


def test_without_a_fitting_python_it_says_what_is_needed(clone: Path) -> None:
    answer = make(clone, "run", "PYTHON=/nowhere/python3")
    assert answer.returncode != 0
    assert "needs Python 3.11, 3.12 or 3.13" in answer.stderr


@pytest.mark.slow
def test_a_fresh_clone_runs_and_tests_itself_with_a_read_only_home(clone: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    made = make(clone, ".venv/.dev", HOME=str(home))
    assert made.returncode == 0, made.stderr
    # pip asks `rustc --version`, where there is one, and rustup answers by making its folder.
    assert [entry.name for entry in home.iterdir() if entry.name != ".rustup"] == []
    assert "up to date" in make(clone, ".venv/.dev").stdout
    tested = make(clone, "test", "TESTS=tests/contract/test_tokens.py", HOME=str(home))
    assert tested.returncode == 0, tested.stdout
    with serve(clone / "kinoteka-data", "--demo", command=(str(clone / ".venv/bin/kinoteka"),)) as program:
        program.wait_until_indexed()
        assert program.get("/api/v1/films").json()["total"] >= 300
        assert program.stop(signal.SIGTERM) == 0
    assert os.access(clone / "kinoteka-data/postgres.log", os.R_OK)
