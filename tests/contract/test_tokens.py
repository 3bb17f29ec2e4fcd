"""Every adapter of the tokens port keeps these promises."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sharing import Open

from kinoteka.cache.memory import MemoryTokens
from kinoteka.cache.port import REBUILD, Tokens
from kinoteka.cache.snapshot import Snapshot, parse_snapshot

FILM, OTHER = "film:1", "film:2"
NAMES = "abcdef"


@pytest.fixture
async def tokens(another_tokens: Open) -> Tokens:
    return await another_tokens()


async def test_it_sees(tokens: Tokens) -> None:
    assert not tokens.is_blind


async def test_an_unseen_name_keeps_its_value(tokens: Tokens) -> None:
    assert tokens.current([FILM, OTHER]) == tokens.current([FILM, OTHER])
    assert tokens.current([FILM]) == tokens.current([OTHER])


async def test_renewing_changes_the_named_and_nothing_else(tokens: Tokens) -> None:
    before, other, both = tokens.current([FILM]), tokens.current([OTHER]), tokens.current([FILM, OTHER])
    await tokens.renew([FILM])
    assert tokens.current([FILM]) != before
    assert tokens.current([OTHER]) == other
    assert tokens.current([OTHER, FILM]) == tokens.current([FILM, OTHER]) != both


async def test_renewing_all_changes_every_name_and_no_mark(tokens: Tokens) -> None:
    await tokens.renew([FILM])
    await tokens.hold([FILM])
    before, other = tokens.current([FILM]), tokens.current([OTHER])
    await tokens.renew_all()
    assert tokens.current([FILM]) != before
    assert tokens.current([OTHER]) != other
    assert tokens.is_pending(FILM)


async def test_what_was_taken_before_a_renewal_holds_no_more(tokens: Tokens) -> None:
    mark = tokens.mark()
    assert mark is not None
    assert tokens.holds([FILM, OTHER], mark)
    await tokens.renew([FILM])
    assert not tokens.holds([FILM], mark)
    assert not tokens.holds([OTHER, FILM], mark)
    assert tokens.holds([OTHER], mark)
    later = tokens.mark()
    assert later is not None
    assert tokens.holds([FILM, OTHER], later)
    await tokens.renew_all()
    assert not tokens.holds([OTHER], later)


async def test_what_nobody_here_gave_holds_never(tokens: Tokens) -> None:
    mark = tokens.mark() or b""
    for foreign in (b"", b"x", bytes(32), b"\xff" * 32, bytes(16) + mark[16:]):
        assert not tokens.holds([FILM], foreign)
        assert not tokens.holds([], foreign)


async def test_pending_from_hold_to_renew(tokens: Tokens) -> None:
    assert not tokens.is_pending(FILM)
    await tokens.hold([FILM])
    assert tokens.is_pending(FILM)
    assert not tokens.is_pending(OTHER)
    await tokens.renew([OTHER])
    assert tokens.is_pending(FILM)
    await tokens.renew([FILM])
    assert not tokens.is_pending(FILM)


async def test_a_renewal_leaves_the_marks_of_those_it_could_not_see(tokens: Tokens) -> None:
    """Writers 7 and 9 change one film; what the indexer read shows 7's change, while 9 was not done."""
    await tokens.hold([FILM], 7)
    await tokens.hold([FILM], 9)
    await tokens.renew([FILM], parse_snapshot("8:12:9,10"))
    assert tokens.is_pending(FILM)
    await tokens.renew([FILM], parse_snapshot("12:12:"))
    assert not tokens.is_pending(FILM)


async def test_only_release_ends_a_rebuild(tokens: Tokens) -> None:
    await tokens.hold([FILM], REBUILD)
    await tokens.renew([FILM], Snapshot(2**62))
    await tokens.settle(Snapshot(2**62))
    assert tokens.is_pending(FILM)
    await tokens.release([FILM], REBUILD)
    assert not tokens.is_pending(FILM)


async def test_a_writer_that_rolled_back_releases_its_own(tokens: Tokens) -> None:
    await tokens.hold([FILM, OTHER], 7)
    await tokens.hold([OTHER], 8)
    await tokens.release([FILM, OTHER], 7)
    assert not tokens.is_pending(FILM)
    assert tokens.is_pending(OTHER)


async def test_settling_ends_what_is_over(tokens: Tokens) -> None:
    """A writer that died before its commit, or changed nothing that the index holds: no renewal names what it held."""
    await tokens.hold([FILM], 7)
    await tokens.hold([OTHER], 9)
    await tokens.settle(parse_snapshot("8:12:9"))
    assert not tokens.is_pending(FILM)
    assert tokens.is_pending(OTHER)


async def test_holding_does_not_change_the_value(tokens: Tokens) -> None:
    before = tokens.current([FILM])
    await tokens.hold([FILM])
    assert tokens.current([FILM]) == before


async def test_naming_nothing_is_no_event(tokens: Tokens) -> None:
    before = tokens.current([FILM])
    await tokens.renew([])
    await tokens.hold([])
    await tokens.release([])
    assert tokens.current([FILM]) == before


async def test_thousands_of_names_at_once(tokens: Tokens) -> None:
    names = [f"film:{number}" for number in range(5000)]
    before = tokens.mark() or b""
    await tokens.hold(names, 7)
    await tokens.renew(names, Snapshot(8))
    assert not any(map(tokens.is_pending, names))
    assert not any(tokens.holds([name], before) for name in names)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(changes=st.lists(st.lists(st.sampled_from(NAMES), max_size=4), max_size=12))
async def test_no_value_ever_comes_back(tokens: Tokens, changes: list[list[str]]) -> None:
    await _check_values(tokens, changes)


@given(st.lists(st.lists(st.sampled_from(NAMES), max_size=4), max_size=30))
async def test_no_value_ever_comes_back_when_memory_is_short(changes: list[list[str]]) -> None:
    await _check_values(MemoryTokens(most_names=3), changes)


async def _check_values(tokens: Tokens, changes: list[list[str]]) -> None:
    seen: dict[str, list[bytes]] = {name: [tokens.current([name])] for name in NAMES}
    for names in changes:
        mark = tokens.mark() or b""
        await tokens.renew(names)
        for name in NAMES:
            value = tokens.current([name])
            assert value == seen[name][-1] or value not in seen[name]
            assert name not in names or value != seen[name][-1]
            assert name not in names or not tokens.holds([name], mark)
            seen[name].append(value)


@given(st.integers(1, 40), st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
async def test_marks_end_with_what_the_snapshot_sees(end: int, running: set[int], holders: set[int]) -> None:
    tokens = MemoryTokens()
    for holder in holders:
        await tokens.hold([FILM], holder)
    await tokens.renew([FILM], Snapshot(end, frozenset(running)))
    assert tokens.is_pending(FILM) == any(holder >= end or holder in running for holder in holders)


async def test_processes_never_share_a_value_that_is_kept_in_memory() -> None:
    first, second = MemoryTokens(), MemoryTokens()
    assert first.current([FILM]) != second.current([FILM])
    assert not second.holds([FILM], first.mark() or b"")
