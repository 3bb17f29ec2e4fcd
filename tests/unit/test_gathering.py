"""Those who ask while the same is being done for others share the next time."""

import asyncio

from kinoteka.cache.gathering import Gathering


async def test_who_comes_meanwhile_shares_the_next_deed() -> None:
    done: list[list[int]] = []
    go = asyncio.Event()

    async def deed(items: list[int]) -> None:
        done.append(items)
        await go.wait()

    gathering = Gathering(deed)
    first = asyncio.create_task(gathering.join(0))
    await asyncio.sleep(0.01)
    others = [asyncio.create_task(gathering.join(number, -number)) for number in range(1, 50)]
    await asyncio.sleep(0.01)
    assert done == [[0]]
    go.set()
    await asyncio.gather(first, *others)
    assert done == [[0], [one for number in range(1, 50) for one in (number, -number)]]
    await gathering.join(7)
    assert done[2:] == [[7]]


async def test_who_gives_up_takes_nobody_along() -> None:
    done: list[str] = []

    async def deed(items: list[str]) -> None:
        await asyncio.sleep(0.01)
        done.extend(items)

    gathering = Gathering(deed)
    leaver, stayer = (asyncio.create_task(gathering.join(name)) for name in ("leaver", "stayer"))
    await asyncio.sleep(0)
    leaver.cancel()
    await stayer
    assert done == ["leaver", "stayer"]


async def test_a_failure_is_that_of_all_who_shared_it_and_of_nobody_else() -> None:
    async def deed(items: list[int]) -> None:
        if 1 in items:
            raise LookupError

    gathering = Gathering(deed)
    outcomes = await asyncio.gather(gathering.join(1), gathering.join(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LookupError, LookupError]
    await gathering.join(2)
