"""What `make scale` measures on servers, in small."""

import os
from pathlib import Path

import pytest

from tests.e2e.scale import check, measure


@pytest.mark.slow
def test_servers_are_measured(tmp_path: Path) -> None:
    result = measure(tmp_path, "servers", os.environ)
    check(result, {"kinoteka", "PostgreSQL", "Elasticsearch", "Redis"})
