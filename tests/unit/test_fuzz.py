"""What `make fuzz` asks for minutes, for a moment: any bytes become rows or faults with names."""

import pytest
from benchmarks.fuzz.harnesses import HARNESSES
from benchmarks.fuzz.mutation import mutated
from benchmarks.fuzz.seeds import make_seeds
from hypothesis import given, settings
from hypothesis import strategies as st

EXAMPLES = 60
SEEDS = {name: seeds for name, seeds in make_seeds().items() if name != "photo"}  # it has a test of its own


@pytest.mark.parametrize("name", SEEDS)
def test_sound_files_pass(name: str) -> None:
    for seed in SEEDS[name]:
        HARNESSES[name](seed)


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data())
def test_any_bytes_become_rows_or_faults(name: str, data: st.DataObject) -> None:
    HARNESSES[name](data.draw(mutated(SEEDS[name])))
