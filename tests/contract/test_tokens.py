"""Every adapter of the tokens port keeps these promises."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.port import Tokens

FILM, OTHER = "film:1", "film:2"


@pytest.fixture(params=[MemoryTokens])
def tokens(request: pytest.FixtureRequest) -> Tokens:
    make: Callable[[], Tokens] = request.param
    return make()


async def test_an_unseen_name_keeps_its_value(tokens: Tokens) -> None:
    assert tokens.current([FILM, OTHER]) == tokens.current([FILM, OTHER])


async def test_one_value_a_name_in_the_order_asked(tokens: Tokens) -> None:
    await tokens.renew([FILM])
    await tokens.renew([OTHER])
    assert tokens.current([OTHER, FILM]) == tokens.current([FILM, OTHER])[::-1]
    assert tokens.current([]) == ()


async def test_renewing_changes_the_named_and_nothing_else(tokens: Tokens) -> None:
    before = tokens.current([FILM, OTHER])
    await tokens.renew([FILM])
    after = tokens.current([FILM, OTHER])
    assert after[0] != before[0]
    assert after[1] == before[1]


async def test_pending_from_hold_to_renew(tokens: Tokens) -> None:
    assert not tokens.is_pending(FILM)
    await tokens.hold([FILM])
    assert tokens.is_pending(FILM)
    assert not tokens.is_pending(OTHER)
    await tokens.renew([OTHER])
    assert tokens.is_pending(FILM)
    await tokens.renew([FILM])
    assert not tokens.is_pending(FILM)


async def test_holding_does_not_change_the_value(tokens: Tokens) -> None:
    before = tokens.current([FILM])
    await tokens.hold([FILM])
    assert tokens.current([FILM]) == before


def test_two_processes_never_share_a_value() -> None:
    assert MemoryTokens().current([FILM]) != MemoryTokens().current([FILM])


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=4), max_size=30))
async def test_no_value_ever_comes_back_also_when_memory_is_short(changes: list[list[str]]) -> None:
    tokens = MemoryTokens(most_names=3)
    seen: dict[str, list[bytes]] = {name: [*tokens.current([name])] for name in "abcdef"}
    for names in changes:
        await tokens.renew(names)
        for name in "abcdef":
            (value,) = tokens.current([name])
            assert value == seen[name][-1] or value not in seen[name]
            assert name not in names or value != seen[name][-1]
            seen[name].append(value)
