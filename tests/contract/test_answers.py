"""Answers that processes share: whatever comes back is what was kept, and nothing that goes wrong is an error."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sharing import PATIENT, until_found

from kinoteka.cache.redis_answers import LARGEST, RedisAnswers
from kinoteka.cache.waits import PROMPT

KEY, OTHER = b"\x00key\xff", b"other"


@pytest.fixture
async def answers(redis_settings: dict[str, str]) -> AsyncIterator[RedisAnswers]:
    answers = RedisAnswers(redis_settings["redis_url"], redis_settings["redis_prefix"], PATIENT)
    yield answers
    await answers.close()


@pytest.fixture
async def another(redis_settings: dict[str, str]) -> AsyncIterator[RedisAnswers]:
    answers = RedisAnswers(redis_settings["redis_url"], redis_settings["redis_prefix"], PATIENT)
    yield answers
    await answers.close()


async def test_what_one_keeps_another_finds(answers: RedisAnswers, another: RedisAnswers) -> None:
    assert await another.find(KEY) is None
    answers.keep(KEY, b"\x00value\xff", 10)
    assert await until_found(another, KEY) == b"\x00value\xff"
    assert await another.find(OTHER) is None


async def test_the_last_value_counts(answers: RedisAnswers, another: RedisAnswers) -> None:
    answers.keep(KEY, b"first", 10)
    answers.keep(KEY, b"second", 10)
    answers.keep(OTHER, b"third", 10)
    assert await until_found(another, OTHER) == b"third"
    assert await another.find(KEY) == b"second"


async def test_many_at_once_each_get_their_own(answers: RedisAnswers) -> None:
    values = {b"%d" % number: b"value %d" % number for number in range(200)}
    for key, value in values.items():
        answers.keep(key, value, 10)
    await until_found(answers, b"199")
    keys = [*values, b"missing", *values]
    found = await asyncio.gather(*map(answers.find, keys))
    assert found == [values.get(key) for key in keys]


async def test_one_that_goes_away_takes_nobodys_answer(answers: RedisAnswers) -> None:
    answers.keep(KEY, b"value", 10)
    await until_found(answers, KEY)
    waiting = [asyncio.create_task(answers.find(KEY)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert await asyncio.gather(*waiting[1:]) == [b"value", b"value"]


async def test_values_expire(answers: RedisAnswers) -> None:
    answers.keep(KEY, b"short", 0.05)
    answers.keep(OTHER, b"long", 60)
    await until_found(answers, OTHER)
    while await answers.find(KEY) is not None:  # noqa: ASYNC110 - Redis ends it
        await asyncio.sleep(0.01)
    assert await answers.find(OTHER) == b"long"


async def test_what_is_too_large_is_not_kept(answers: RedisAnswers) -> None:
    answers.keep(KEY, bytes(LARGEST + 1), 10)
    answers.keep(OTHER, bytes(LARGEST), 10)
    assert await until_found(answers, OTHER) == bytes(LARGEST)
    assert await answers.find(KEY) is None


async def test_a_burst_of_writes_takes_no_memory_without_bound(answers: RedisAnswers) -> None:
    for number in range(10):
        answers.keep(b"%d" % number, bytes(LARGEST), 10)
    await until_found(answers, b"3")
    assert [await answers.find(b"%d" % number) for number in range(4, 10)] == [None] * 6


async def test_a_claim_is_one_processs_until_released(answers: RedisAnswers, another: RedisAnswers) -> None:
    assert await answers.claim(KEY)
    assert not await another.claim(KEY)
    assert await another.claim(OTHER)
    answers.keep(KEY, b"made", 10)
    answers.release(KEY)
    assert await until_found(another, KEY) == b"made"
    while not await another.claim(KEY):  # noqa: ASYNC110 - Redis ends it
        await asyncio.sleep(0.01)


async def test_a_claim_of_a_process_that_died_ends(answers: RedisAnswers, another: RedisAnswers) -> None:
    assert await answers.claim(KEY)
    while not await another.claim(KEY):  # noqa: ASYNC110 - Redis ends it
        await asyncio.sleep(0.05)


async def test_where_nobody_listens_nothing_is_found_and_nothing_raised() -> None:
    answers = RedisAnswers("redis://127.0.0.1:1/0", "kinoteka")
    for _ in range(10):
        answers.keep(KEY, b"value", 10)
        assert await answers.find(KEY) is None
        assert await answers.claim(KEY)
        answers.release(KEY)
    assert answers.errors >= 3
    await answers.close()


async def test_one_that_never_answers_is_left_alone_soon() -> None:
    """The first few wait a moment; then nobody does."""
    connected: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: connected.append(writer), "127.0.0.1", 0)
    answers = RedisAnswers(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0", "kinoteka")
    began = asyncio.get_running_loop().time()
    for _ in range(1000):
        assert await answers.find(KEY) is None
    assert asyncio.get_running_loop().time() - began < 1000 * PROMPT.answers
    assert 3 <= answers.errors < 1000
    await answers.close()
    for writer in connected:
        writer.close()
    silent.close()
