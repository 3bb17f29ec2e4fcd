"""What `make scale` measures of the embedded shape, in small."""

import os
from pathlib import Path

import pytest

from tests.e2e.scale import check, measure


@pytest.mark.slow
def test_the_embedded_shape_is_measured_part_by_part(tmp_path: Path) -> None:
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "KINOTEKA_"))}
    first = measure(tmp_path, "embedded", alone, "generate", "import")
    assert [*first.steps] == ["generate", "import"]
    result = measure(tmp_path, "embedded", alone)
    assert result.steps["import"] == first.steps["import"], "done once"
    check(result, {"kinoteka", "PostgreSQL"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["catalogue-300", "embedded-300.json"]
