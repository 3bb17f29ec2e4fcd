"""A command starts with what it works with, and with nothing else."""

import subprocess
import sys

import pytest


def imported(*words: str) -> set[str]:
    """The modules of a program that was asked so for help."""
    program = (
        "import sys; from kinoteka.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *words, "--help"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stderr.split())


@pytest.mark.parametrize("words", [["users"], ["--debug", "users", "list"], ["db", "upgrade"], ["backup", "list"]])
def test_a_command_that_serves_nothing_loads_no_web_framework(words: list[str]) -> None:
    assert imported(*words).isdisjoint({"litestar", "granian", "elasticsearch", "kinoteka.app"})


def test_no_engine_is_loaded_before_the_settings_choose_one() -> None:
    loaded = imported("index", "rebuild")
    assert "kinoteka.bootstrap" in loaded
    assert loaded.isdisjoint({"tantivy", "elasticsearch"})


def test_help_shows_every_command() -> None:
    assert {"kinoteka.cli.serve", "kinoteka.cli.users", "kinoteka.cli.keys"} <= imported()


def test_a_command_that_nobody_knows_is_compared_with_all() -> None:
    run = subprocess.run([sys.executable, "-m", "kinoteka", "user", "list"], capture_output=True, text=True)
    assert run.returncode == 2
    assert "users" in run.stderr
