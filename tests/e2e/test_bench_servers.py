"""What `make bench` measures on servers, in small."""

import os
from pathlib import Path

import pytest

from tests.e2e.bench import measure

SECTIONS = ("shared", "elasticsearch", "pending", "build", "memory")


@pytest.mark.slow
def test_all_that_needs_servers_is_measured(tmp_path: Path) -> None:
    run = measure(tmp_path / "run.json", os.environ, SECTIONS)
    measured = {(line.name, line.of) for line in run.lines}
    assert {
        ("shared film", "one GET, same body"),
        ("uncached search", "Elasticsearch asked directly"),
        ("film by id while pending", "least application with one query"),
        ("full build", "made beforehand, sent"),
        ("memory of index run", ""),
    } <= measured
