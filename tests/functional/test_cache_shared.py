"""The level of the response cache that processes share: two applications on one database, one engine and one Redis."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
from applications import Own
from processes import Process, Start, caught_up, change, kept, starter, until
from redis.asyncio import Redis
from small_catalogue import OUTSIDERS, STALKER, rename

FILM = f"/films/{STALKER.id}"
PATHS = [
    FILM,
    "/films?page_size=20",
    "/films/by/imdb/tt0079944",
    f"{FILM}/similar",
    "/films/top",
    "/search?q=solaris",
    "/search/suggest?q=so",
    "/persons",
    "/genres",
]


AtClaims = Callable[[Callable[[], Awaitable[None]]], Callable[[], Awaitable[list[bool]]]]


@pytest.fixture
async def start(own: Own) -> AsyncIterator[Start]:
    async with starter(own) as start:
        yield start


@pytest.fixture
async def one(start: Start) -> Process:
    return await start()


@pytest.fixture
async def two(start: Start) -> Process:
    return await start()


def kept_headers(headers: Any) -> dict[str, str]:
    """Without what belongs to each request alone."""
    return {name: value for name, value in headers.items() if name not in ("x-request-id", "ratelimit")}


async def outdated(one: Process, two: Process, path: str, renewed: str = "film") -> None:
    """Made by one, kept in Redis, and right no more, as both know."""
    await one.asked(path)
    await kept(one)
    await one.services.tokens.renew([renewed])
    await caught_up(one, two)


@pytest.fixture
def at_claims(two: Process, monkeypatch: pytest.MonkeyPatch) -> AtClaims:
    """What happens before the second one claims an answer; it gives what tells whether nobody holds that any more."""
    answers = two.services.answers
    assert answers is not None
    claim = answers.claim
    claimed: list[bytes] = []

    def prepare(before: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[list[bool]]]:
        async def claim_after(key: bytes) -> bool:
            await before()
            claimed.append(key)
            return await claim(key)

        async def claim_again() -> list[bool]:
            return [await claim(key) for key in claimed]

        monkeypatch.setattr(answers, "claim", claim_after)
        return claim_again

    return prepare


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("path", PATHS)
async def test_what_one_made_the_other_sends(one: Process, two: Process, path: str, coding: str) -> None:
    headers = {"Accept-Encoding": coding}
    made, asked = await one.asked(path, headers=headers)
    assert asked >= 1
    await kept(one)
    for _ in range(2):  # from Redis, then from memory
        sent, asked = await two.asked(path, headers=headers)
        assert asked == 0
        assert sent.content == made.content
        assert kept_headers(sent.headers) == kept_headers(made.headers)
    unchanged, asked = await two.asked(path, 304, headers=headers | {"If-None-Match": made.headers["etag"]})
    assert asked == 0
    assert unchanged.content == b""


@pytest.mark.parametrize("made_as", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize("asked_as", ["identity", "gzip", "zstd"])
async def test_every_coding_is_made_from_what_is_there(one: Process, two: Process, made_as: str, asked_as: str) -> None:
    path = "/films?page_size=100"
    made, _ = await one.asked(path, headers={"Accept-Encoding": made_as})
    await kept(one)
    sent, asked = await two.asked(path, headers={"Accept-Encoding": asked_as})
    assert asked == 0
    assert sent.json() == made.json()
    assert sent.headers.get("content-encoding", "identity") == asked_as


async def test_a_change_told_by_one_is_seen_by_the_other(one: Process, two: Process) -> None:
    for process in (one, two):
        await process.asked(FILM)
    other = f"/films/{OUTSIDERS[1].id}"
    await one.asked(other)
    await change(one, "Guide")
    await caught_up(one, two)
    assert (await two.asked(FILM))[0].json()["title"] == "Guide"
    assert (await two.asked(other))[1] == 0


async def test_a_slow_answer_of_one_never_outlives_a_change_for_the_other(one: Process, two: Process) -> None:
    """It was read before the change and is kept in Redis after it."""
    one.engine.gate = asyncio.Event()
    slow = asyncio.create_task(one.asked(FILM))
    await one.engine.arrived.wait()
    await change(two, "Guide")
    await caught_up(two, one)
    one.engine.gate.set()
    assert (await slow)[0].json()["title"] == "Stalker"
    await kept(one)
    assert (await two.asked(FILM))[0].json()["title"] == "Guide"


async def test_an_outdated_answer_that_many_want_is_made_once(
    one: Process, two: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine is no failure.
    monkeypatch.setattr("kinoteka.web.response_cache.LONGEST_WAIT", 20)
    monkeypatch.setattr("kinoteka.cache.redis_answers.CLAIM", 20_000)
    path = "/films?page_size=20"
    await outdated(one, two, path)
    one.engine.gate = two.engine.gate = asyncio.Event()
    first = asyncio.create_task(one.asked(path))
    await until(lambda: one.engine.calls.count("page") == 2)
    second = asyncio.create_task(two.asked(path))
    await asyncio.sleep(0.05)
    one.engine.gate.set()
    assert (await first)[0].content == (await second)[0].content
    assert two.engine.calls == []


async def test_what_was_made_until_it_is_claimed_is_not_made_again(
    one: Process, two: Process, at_claims: AtClaims
) -> None:
    path = "/films?page_size=20"
    await outdated(one, two, path)

    async def make() -> None:
        await one.asked(path)
        await kept(one)

    claim_again = at_claims(make)
    assert (await two.asked(path))[1] == 0
    await kept(two)
    assert await claim_again() == [True], "it was released"


async def test_an_outdated_coding_is_made_of_what_is_new(one: Process, two: Process) -> None:
    path = "/films?page_size=100"
    for coding in ("gzip", "zstd"):
        await one.asked(path, headers={"Accept-Encoding": coding})
    await kept(one)
    await one.services.tokens.renew(["film"])
    await caught_up(one, two)
    await one.asked(path, headers={"Accept-Encoding": "gzip"})
    await kept(one)
    sent, asked = await two.asked(path, headers={"Accept-Encoding": "zstd"})
    assert asked == 0
    assert sent.headers["content-encoding"] == "zstd"


async def test_what_becomes_pending_while_it_is_waited_for_is_made_anew(
    one: Process, two: Process, at_claims: AtClaims
) -> None:
    film = f"film:{STALKER.id}"
    await outdated(one, two, FILM, film)

    async def make_and_edit() -> None:
        await one.asked(FILM)
        await kept(one)
        await two.services.tokens.hold([film], 7)
        await rename(two.services, "Guide")

    at_claims(make_and_edit)
    assert (await two.asked(FILM))[0].json()["title"] == "Guide"


async def test_one_that_never_finishes_does_not_keep_the_other_waiting(one: Process, two: Process) -> None:
    path = "/films?page_size=20"
    await outdated(one, two, path)
    one.engine.gate = asyncio.Event()
    never = asyncio.create_task(one.asked(path))
    await until(lambda: one.engine.calls.count("page") == 2)
    assert (await two.asked(path))[1] == 1
    one.engine.gate.set()
    await never


async def test_who_gives_up_waiting_leaves_the_claim_to_its_holder(
    one: Process, two: Process, at_claims: AtClaims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinoteka.web.response_cache.LONGEST_WAIT", 0)
    monkeypatch.setattr("kinoteka.cache.redis_answers.CLAIM", 20_000)
    path = "/films?page_size=20"
    await outdated(one, two, path)
    claim_again = at_claims(partial(asyncio.sleep, 0))
    one.engine.gate = asyncio.Event()
    slow = asyncio.create_task(one.asked(path))
    await until(lambda: one.engine.calls.count("page") == 2)
    assert (await two.asked(path))[1] == 1
    await kept(two)
    assert await claim_again() == [False]
    one.engine.gate.set()
    await slow


async def test_what_one_made_stands_in_for_the_other_while_the_engine_is_down(one: Process, two: Process) -> None:
    path = "/films?page_size=20"
    fresh, _ = await one.asked(path)
    await kept(one)
    await one.services.tokens.renew(["film"])
    await caught_up(one, two)
    two.engine.down = True
    for _ in range(2):
        stale, _ = await two.asked(path)
        assert stale.content == fresh.content
        assert stale.headers["cache-status"].startswith("kinoteka; hit; ttl=-")
    await two.asked("/films?page_size=50", 503)
    two.engine.down = False
    assert "cache-status" not in (await two.asked(path))[0].headers


async def test_pending_films_are_read_from_the_database_by_every_process(one: Process, two: Process) -> None:
    for process in (one, two):
        await process.asked(FILM)
    await one.services.tokens.hold([f"film:{STALKER.id}"], 7)
    await rename(one.services, "Guide")
    await until(lambda: two.services.tokens.is_pending(f"film:{STALKER.id}"))
    for process in (one, two):
        answer, asked = await process.asked(FILM)
        assert asked == 0
        assert answer.json()["title"] == "Guide"


async def test_without_memory_of_its_own_a_process_lives_on_what_is_shared(one: Process, start: Start) -> None:
    bare = await start(cache_bytes=0)
    for path in PATHS:
        await one.asked(path)
    await kept(one)
    for path in [*PATHS, *PATHS]:
        assert (await bare.asked(path))[1] == 0


async def test_refusals_are_not_shared(one: Process, two: Process) -> None:
    for path, status in (("/films?genre=nope", 422), ("/films/00000000-0000-0000-0000-000000000000", 404)):
        await one.asked(path, status)
        await kept(one)
        assert (await two.asked(path, status))[1] >= 1


async def test_whatever_stands_in_redis_is_no_error(one: Process, two: Process) -> None:
    settings = one.services.settings
    assert settings.redis_url is not None
    for path in PATHS:
        await one.asked(path)
    await kept(one)
    async with Redis.from_url(settings.redis_url) as redis:
        keys = [key async for key in redis.scan_iter(f"{settings.redis_prefix}:answer:*")]
        for key in keys:
            value = await redis.get(key)
            await redis.set(key, random.choice([b"", b"\xc1", b"[]", value[: len(value) // 2], value + b"x"]))
    assert len(keys) >= len(PATHS)
    for path in PATHS:
        assert (await two.asked(path))[1] >= 1


async def test_hits_are_counted_by_level(one: Process, two: Process) -> None:
    await one.asked("/films?year_to=1999")
    await kept(one)
    for path in ("/films?year_to=1999", "/films?year_to=1999", "/films?year_to=1998"):
        await two.asked(path)
    metrics = (await two.own.api.client.get("/metrics")).text
    for result in ("l1", "l2", "miss"):
        line = f'kinoteka_requests_total{{cache="{result}",method="GET",route="/api/v1/films",status="200"}} 1.0'
        assert line in metrics
    assert "kinoteka_cache_blind 0.0" in metrics
    for use in ("tokens", "answers"):
        assert f'kinoteka_redis_errors_total{{use="{use}"}} 0.0' in metrics


@pytest.mark.parametrize("seed", range(3))
async def test_changes_and_readers_at_random_never_show_the_past(one: Process, two: Process, seed: int) -> None:
    """Each reader notes what every process knew when it asked; an answer may be newer, never older."""
    draw = random.Random(seed)
    processes = [one, two]
    known = 0
    paths = [(FILM, lambda a: a["title"]), ("/films?sort=title", lambda a: _title(a)), ("/films/top", _title)]

    async def write() -> None:
        nonlocal known
        for number in range(1, 16):
            process = draw.choice(processes)
            await change(process, f"Stalker {number}")
            await caught_up(process, one, two)
            known = number
            await asyncio.sleep(draw.choice([0, 0, 0.01, 0.1]))

    async def read() -> None:
        while known < 15:
            least = known
            path, title_of = draw.choice(paths)
            process = draw.choice(processes)
            coding = draw.choice(["identity", "gzip", "zstd"])
            answer = (await process.own.api.client.get(f"/api/v1{path}", headers={"Accept-Encoding": coding})).json()
            assert int(title_of(answer).partition(" ")[2] or 0) >= least
            await asyncio.sleep(draw.choice([0, 0, 0.005]))

    async with asyncio.TaskGroup() as tasks:
        for work in (write(), *(read() for _ in range(6))):
            tasks.create_task(work)


def _title(page: Any) -> str:
    title: str = next(item["title"] for item in page["items"] if item["id"] == str(STALKER.id))
    return title
