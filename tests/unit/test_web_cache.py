"""The parts of the response cache: memory, single flight, lifetimes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinoteka.cache.flight import Flights
from kinoteka.cache.lru import ByteLru
from kinoteka.cache.memory import MemoryTokens
from kinoteka.errors import UnavailableError
from kinoteka.web.answer import Answer
from kinoteka.web.response_cache import LIFETIME, LONGEST_STALE, Depends, ResponseCache, Wanted
from kinoteka.web.shared_level import SharedLevel

TARGET = ("/films", b"")
DEPENDS = Depends(("film",))


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 60), st.booleans())))
def test_memory_is_bounded_and_the_longest_unused_goes_first(steps: list[tuple[str, int, bool]]) -> None:
    lru: ByteLru[str, int] = ByteLru(100)
    expected: dict[str, int] = {}  # in order of use
    for key, size, write in steps:
        if write:
            lru.put(key, size, size)
            expected.pop(key, None)
            expected[key] = size
            while sum(expected.values()) > 100:
                del expected[next(iter(expected))]
        elif lru.get(key) is not None:
            expected[key] = expected.pop(key)
        assert lru.bytes == sum(expected.values()) <= 100
        assert len(lru) == len(expected)
    assert [key for key in "abcdefgh" if lru.get(key) is not None] == sorted(expected)


def test_what_is_larger_than_all_memory_is_not_kept() -> None:
    lru: ByteLru[str, str] = ByteLru(10)
    lru.put("small", "x", 5)
    lru.put("large", "x", 11)
    assert lru.get("large") is None
    assert lru.get("small") == "x"


async def test_an_error_reaches_all_who_wait_and_the_next_tries_again() -> None:
    flights: Flights[int] = Flights()
    begun = 0
    gate = asyncio.Event()

    async def work() -> int:
        nonlocal begun
        begun += 1
        await gate.wait()
        if begun == 1:
            raise UnavailableError("down")
        return begun

    waiting = [asyncio.create_task(flights.join("key", work)) for _ in range(5)]
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert begun == 1
    assert all(isinstance(result, UnavailableError) for result in results)
    assert await flights.join("key", work) == 2


class World:
    """A clock that is moved by hand, an answer that changes, a dependency that can be down."""

    def __init__(self, most_bytes: int = 1_000_000) -> None:
        self.now = 1000.0
        self.number = 0
        self.down = False
        self.tokens = MemoryTokens()
        self.cache = ResponseCache(self.tokens, most_bytes, clock=lambda: self.now)

    async def make(self) -> Answer:
        if self.down:
            raise UnavailableError("down")
        self.number += 1
        return Answer(b"%d" % self.number)

    async def ask(self, key: bytes = b"key") -> tuple[bytes, int | None]:
        kept = await self.cache.answer(TARGET, Wanted(key, DEPENDS), "", self.make)
        return kept.rendered.variant("").body, kept.stale_for


async def test_lifetime_is_a_backstop() -> None:
    world = World()
    assert await world.ask() == (b"1", None)
    world.now += LIFETIME * 0.89
    assert await world.ask() == (b"1", None)
    assert world.cache.find_target(TARGET) is not None
    world.now += LIFETIME * 0.22
    assert world.cache.find_target(TARGET) is None
    assert await world.ask() == (b"2", None)


async def test_stale_for_ten_minutes_since_it_was_last_right() -> None:
    world = World()
    await world.ask()
    world.now += 300
    await world.ask()
    await world.tokens.renew(["film"])
    world.down = True
    world.now += LONGEST_STALE - 1
    assert await world.ask() == (b"1", int(LONGEST_STALE) - 1)
    world.now += 2
    with pytest.raises(UnavailableError):
        await world.ask()
    world.down = False
    assert await world.ask() == (b"2", None)


async def test_nothing_stale_while_a_write_is_pending() -> None:
    world = World()
    depends = Depends(("film:1",), pending=("film:1",))
    await world.cache.answer(TARGET, Wanted(b"key", depends), "", world.make)
    await world.tokens.hold(["film:1"])
    assert world.cache.find_target(TARGET) is None
    world.down = True
    with pytest.raises(UnavailableError):
        await world.cache.answer(TARGET, Wanted(b"key", depends), "", world.make)


async def test_memory_of_answers_and_addresses_is_bounded() -> None:
    world = World(most_bytes=20_000)
    for number in range(500):
        target = ("/films", b"q=%d" % number + b"x" * 100)
        await world.cache.answer(target, Wanted(b"%d" % number, DEPENDS), "", world.make)
        entry = world.cache.find_target(target)
        if entry:
            world.cache.variant(entry, "zstd")
        assert world.cache.size <= 20_000
    assert world.cache.size > 10_000


class SlowAnswers:
    """A shared level in memory that says what it has when it is let to."""

    errors = 0

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def find(self, key: bytes) -> bytes | None:
        found = self.kept.get(key)
        await self.gate.wait()
        return found

    def keep(self, key: bytes, value: bytes, seconds: float) -> None:
        self.kept[key] = value

    async def claim(self, key: bytes) -> bool:
        return True

    def release(self, key: bytes) -> None: ...


async def test_what_becomes_pending_while_the_shared_level_is_asked_is_made_anew() -> None:
    tokens, answers = MemoryTokens(), SlowAnswers()
    cache = ResponseCache(tokens, 0, SharedLevel(answers, tokens, b""))
    wanted = Wanted(b"key", Depends(("film",), ("film",)))

    async def make() -> Answer:
        return Answer(b"anew")

    async def while_asked(asking: Coroutine[Any, Any, Any]) -> Any:
        answers.gate.clear()
        task = asyncio.create_task(asking)
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # by then it waits at the gate
        await tokens.hold(["film"])
        answers.gate.set()
        found = await task
        await tokens.release(["film"])
        return found

    assert (await cache.answer(TARGET, wanted, "", make)).result == "miss"
    assert (await cache.answer(TARGET, wanted, "", make)).result == "l2"
    assert await while_asked(cache.look_for(TARGET, "")) is None
    assert (await while_asked(cache.answer(TARGET, wanted, "", make))).result == "miss"
