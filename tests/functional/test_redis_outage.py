"""Redis is killed, paused, slow, full or emptied, and back: nothing fails, nothing old is shown, nobody restarts."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from applications import Own
from processes import Process, Start, caught_up, change, kept, starter, until
from redis_server import Server, redis_server, slow_way
from small_catalogue import STALKER, rename
from sqlalchemy import text

from kinoteka.cache.snapshot import Snapshot
from kinoteka.cache.waits import PROMPT
from kinoteka.catalogue.changes import changing

FILM = f"/films/{STALKER.id}"
LIST = "/films?sort=title"
TOKEN = f"film:{STALKER.id}"
RENAME = text("UPDATE film SET title = :title, version = version + 1 WHERE id = :id")
SOON = 0.5
"""Seconds after a change is visible in the index from which nobody may see what was before."""


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Server]:
    async with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
async def start(own: Own, redis: Server) -> AsyncIterator[Start]:
    async with starter(own, PROMPT) as start:

        async def start_one(**settings: object) -> Process:
            return await start(**{"redis_url": redis.url, **settings})

        yield start_one


@pytest.fixture
async def pair(start: Start) -> tuple[Process, Process]:
    """Who changes, as the indexer does it, and who only reads."""
    return await start(), await start()


async def take_away(redis: Server, how: str) -> None:
    await {"killed": redis.kill, "paused": redis.pause, "full": redis.refuse_writes}[how]()


async def bring_back(redis: Server, how: str) -> None:
    await {"killed": redis.start, "paused": redis.resume, "full": redis.take_writes}[how]()


async def titles(process: Process) -> set[str]:
    film, films = (await process.asked(FILM))[0], (await process.asked(LIST))[0]
    listed = next(item["title"] for item in films.json()["items"] if item["id"] == str(STALKER.id))
    return {film.json()["title"], listed}


async def sees(*processes: Process) -> None:
    await until(lambda: all(process.services.tokens.mark() is not None for process in processes))


async def test_who_follows_late_catches_up_before_it_answers(own: Own, redis: Server) -> None:
    """As a process that is too busy to look as often as it should, but not for as long as makes it blind."""
    async with slow_way(redis) as way, starter(own) as start:
        writer, late = await start(redis_url=redis.url), await start(redis_url=way.url)
        way.delay = 1.5 * writer.services.tokens.lag
        assert (await late.asked(FILM))[0].json()["title"] == "Stalker"
        for number in range(3):
            await writer.services.tokens.hold([TOKEN], 7)
            await rename(writer.services, f"Guide {number}")
            await asyncio.sleep(writer.services.tokens.lag)  # then the writer's answer is sent
            assert (await late.asked(FILM))[0].json()["title"] == f"Guide {number}"
            await change(writer, f"Indexed {number}")
            await caught_up(writer, late)
            assert (await late.asked(FILM))[0].json()["title"] == f"Indexed {number}"


async def test_who_stood_still_catches_up_before_it_answers(own: Own, redis: Server) -> None:
    """As a process that was paused for so long that it is blind: what it answered then it would believe for a moment,
    in which others, who have Redis, change what it shows without a doubt."""
    async with slow_way(redis) as way, starter(own, PROMPT) as start:
        writer, still = await start(redis_url=redis.url), await start(redis_url=way.url)
        assert (await still.asked(FILM))[0].json()["title"] == "Stalker"
        way.delay = 0.5 * writer.services.tokens.lag
        for _ in range(5):  # a machine that is busy for as long again makes it blind once more
            time.sleep(2 * PROMPT.blind_after)  # noqa: ASYNC251 - nothing of this process runs meanwhile
            await still.asked(FILM)
            if not still.services.tokens.is_blind:
                break
        assert not still.services.tokens.is_blind
        await writer.services.tokens.hold([TOKEN], 7)
        await rename(writer.services, "Guide")
        await asyncio.sleep(writer.services.tokens.lag)  # then the writer's answer is sent
        assert (await still.asked(FILM))[0].json()["title"] == "Guide"


async def test_what_was_told_late_is_waited_for(redis: Server, pair: tuple[Process, Process]) -> None:
    """The hold that Redis did not take is in the stream again as soon as it answers; the others read it after that."""
    writer, _ = pair
    tokens = writer.services.tokens
    await redis.kill()
    await tokens.hold([TOKEN], 7)
    await redis.start()
    await until(lambda: tokens.mark() is not None)
    assert 0 < tokens.doubt <= tokens.lag
    await asyncio.sleep(tokens.lag)
    assert tokens.doubt == 0


@pytest.mark.parametrize("how", ["killed", "paused"])
async def test_who_cannot_tell_answers_when_nobody_believes_what_was_before(
    redis: Server, pair: tuple[Process, Process], how: str
) -> None:
    writer, reader = pair
    await take_away(redis, how)
    for number in range(5):
        async with changing(writer.services.database, writer.services.tokens) as begun:
            await begun.hold([("film", STALKER.id)])
            await reader.asked(FILM)  # an answer that is good for a moment
            await begun.connection.execute(RENAME, {"id": STALKER.id, "title": f"Guide {number}"})
        assert (await reader.asked(FILM))[0].json()["title"] == f"Guide {number}"


@pytest.mark.parametrize("how", ["killed", "paused", "full"])
async def test_changes_are_seen_while_it_is_away_and_after(
    redis: Server, pair: tuple[Process, Process], how: str
) -> None:
    indexer, reader = pair
    assert await titles(reader) == {"Stalker"}
    await take_away(redis, how)
    for number in range(3):
        await change(indexer, f"Away {number}")
        await asyncio.sleep(SOON)
        assert await titles(reader) == await titles(indexer) == {f"Away {number}"}
    await bring_back(redis, how)
    await sees(indexer, reader)
    assert await titles(reader) == {"Away 2"}
    await change(indexer, "Back")
    await caught_up(indexer, reader)
    assert await titles(reader) == {"Back"}


@pytest.mark.parametrize("how", ["killed", "paused", "full"])
async def test_a_change_at_the_moment_it_goes_away(redis: Server, pair: tuple[Process, Process], how: str) -> None:
    """What could not be told, or was told and lost with it, is not missed by a reader that hardly noticed."""
    indexer, reader = pair
    await titles(reader)
    await rename(indexer.services, "Lost")
    await asyncio.gather(change(indexer, "Lost"), take_away(redis, how))
    await bring_back(redis, how)
    await asyncio.sleep(SOON)
    assert await titles(reader) == {"Lost"}


@pytest.mark.parametrize("how", ["killed", "paused", "full"])
async def test_answers_are_kept_again_when_it_is_back(redis: Server, pair: tuple[Process, Process], how: str) -> None:
    one, two = pair
    await take_away(redis, how)
    await until(lambda: one.services.tokens.is_blind and two.services.tokens.is_blind)
    await titles(one)
    await bring_back(redis, how)
    await sees(one, two)
    await asyncio.sleep(1.2)  # answers are left alone for a second after they failed
    async with asyncio.timeout(20):
        while (await two.asked("/genres"))[1] != 0:
            await kept(one)
            await one.asked("/genres")


async def test_nobody_waits_for_one_that_never_answers(redis: Server, pair: tuple[Process, Process]) -> None:
    """Each waits for a moment at most, and soon nobody does: two hundred at once are no slower than one."""
    await redis.pause()
    async with asyncio.timeout(20):
        for _ in range(10):
            await asyncio.gather(*(process.asked(f"/films?year_to={1900 + n}") for n in range(20) for process in pair))
    await redis.resume()


async def test_pending_films_stay_pending_over_a_restart(
    redis: Server, pair: tuple[Process, Process], start: Start
) -> None:
    indexer, reader = pair
    await indexer.services.tokens.hold([TOKEN], 7)
    await redis.kill()
    await redis.start()
    await sees(indexer, reader)
    later = await start()
    await until(lambda: later.services.tokens.is_pending(TOKEN))
    await indexer.services.tokens.renew([TOKEN], Snapshot(8))
    await until(lambda: not any(process.services.tokens.is_pending(TOKEN) for process in (indexer, reader, later)))


async def test_emptied_it_is_as_new(redis: Server, pair: tuple[Process, Process], start: Start) -> None:
    indexer, reader = pair
    await titles(reader)
    await indexer.services.tokens.hold(["film:other"], 7)
    await caught_up(indexer, reader)
    mark = reader.services.tokens.mark()
    await redis.flush()
    await until(lambda: reader.services.tokens.mark() not in (mark, None))
    assert not reader.services.tokens.holds([TOKEN], mark or b"")
    await change(indexer, "Flushed")
    await caught_up(indexer, reader)
    assert await titles(reader) == {"Flushed"}
    later = await start()
    await until(lambda: later.services.tokens.is_pending("film:other"))


async def test_started_without_it(redis: Server, start: Start) -> None:
    await redis.kill()
    indexer, reader = await start(sees=False), await start(sees=False)
    assert await titles(reader) == {"Stalker"}
    await change(indexer, "Alone")
    await asyncio.sleep(SOON)
    assert await titles(reader) == {"Alone"}
    await redis.start()
    await sees(indexer, reader)
    await change(indexer, "Together")
    await caught_up(indexer, reader)
    assert await titles(reader) == {"Together"}


@pytest.mark.parametrize("delay", [0.03, 0.15, 0.6])
async def test_slow_it_delays_nobody_and_hides_nothing(redis: Server, start: Start, delay: float) -> None:
    async with slow_way(redis) as way:
        indexer, reader = await start(), await start(redis_url=way.url)
        await titles(reader)
        way.delay = delay
        for number in range(3):
            await change(indexer, f"Slow {number}")
            await asyncio.sleep(SOON + delay)
            assert await titles(reader) == {f"Slow {number}"}
        way.delay = 0.0
        await sees(indexer, reader)
        await change(indexer, "Quick")
        await caught_up(indexer, reader)
        assert await titles(reader) == {"Quick"}


async def test_readiness_and_metrics_say_so(redis: Server, start: Start) -> None:
    process = await start()

    async def is_said(state: str) -> None:
        """Readiness is looked at once a second."""
        async with asyncio.timeout(20):
            while True:
                checks = (await process.own.api.get("/health/ready")).json()["checks"]
                if {check["name"]: check["state"] for check in checks}["cache"] == state:
                    return
                await asyncio.sleep(0.1)

    await is_said("up")
    await redis.kill()
    await is_said("degraded")
    metrics = (await process.own.api.client.get("/metrics")).text
    assert "kinoteka_cache_blind 1.0" in metrics
    assert 'kinoteka_redis_errors_total{use="tokens"} 0.0' not in metrics
    await redis.start()
    await is_said("up")
