"""What processes that share tokens see of each other."""

import asyncio

import pytest
from sharing import Open, until

from kinoteka.cache.snapshot import Snapshot

pytestmark = pytest.mark.parametrize("another_tokens", ["redis"], indirect=True)
FILM, OTHER = "film:1", "film:2"


async def test_renewals_and_marks_of_another(another_tokens: Open) -> None:
    one, two = await another_tokens(), await another_tokens()
    mark, before = two.mark() or b"", two.current([FILM])
    assert one.holds([FILM], mark)
    await one.hold([OTHER], 7)
    await one.renew([FILM])
    await until(lambda: not two.holds([FILM], mark))
    assert two.is_pending(OTHER)
    assert two.current([FILM]) != before
    await two.renew([OTHER], Snapshot(8))
    await until(lambda: not one.is_pending(OTHER))


async def test_who_begins_later_knows_what_holds_and_what_is_pending(another_tokens: Open) -> None:
    one = await another_tokens()
    await one.renew([FILM])
    good = one.mark() or b""
    await one.renew([OTHER])
    await one.hold([FILM], 7)
    two = await another_tokens()
    assert two.is_pending(FILM)
    assert two.holds([FILM], good)
    assert not two.holds([OTHER], good)


async def test_who_begins_after_a_long_history_trusts_no_older_answer(another_tokens: Open) -> None:
    one = await another_tokens()
    old = one.mark() or b""
    for number in range(300):
        await one.renew([f"film:{number + 10}"])
    recent = one.mark() or b""
    await one.hold([FILM], 7)
    two = await another_tokens()
    assert one.holds([OTHER], old)
    assert not two.holds([OTHER], old)
    assert two.holds([OTHER], recent)
    assert two.is_pending(FILM)


async def test_settling_finds_marks_whose_holders_died_with_their_process(another_tokens: Open) -> None:
    one = await another_tokens()
    await one.hold([FILM], 7)
    two = await another_tokens()
    await two.settle(Snapshot(8))
    await until(lambda: not one.is_pending(FILM))
    assert not (await another_tokens()).is_pending(FILM)


async def test_writers_and_indexer_at_random(another_tokens: Open) -> None:
    """Once a mark is known to a process, no renewal for another writer ends it before its own change is indexed."""
    processes = [await another_tokens() for _ in range(3)]
    indexed: set[int] = set()

    async def write(number: int) -> None:
        await processes[number % 3].hold([FILM], number)
        await until(lambda: all(tokens.is_pending(FILM) for tokens in processes))
        await asyncio.sleep(0.003 * number)
        assert all(tokens.is_pending(FILM) for tokens in processes)
        indexed.add(number)
        await processes[(number + 1) % 3].renew([FILM], Snapshot(100, frozenset(set(range(1, 31)) - indexed)))

    await asyncio.gather(*(write(number) for number in range(1, 31)))
    await until(lambda: not any(tokens.is_pending(FILM) for tokens in processes))
