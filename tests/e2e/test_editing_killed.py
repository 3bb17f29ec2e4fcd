"""Whatever is killed in between: what was answered is there, what was cut off is done once, and all sides agree."""

from pathlib import Path

import pytest

from tests.e2e.editing_under_kills import edit_under_kills


@pytest.mark.slow
async def test_random_edits_under_kills(tmp_path: Path) -> None:
    host = await edit_under_kills(tmp_path / "data", {}, seed=1)
    print(host.cut_off)
    assert host.cut_off
