"""The response cache: right by tokens, shared by whatever means the same, never by what does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from applications import Own, application
from checked_api import Api
from counting import Counting
from processes import starter
from small_catalogue import OUTSIDERS, STALKER, refresh, rename


class Watched:
    def __init__(self, own: Own, engine: Counting) -> None:
        self.api, self.engine, self.services = own.api, engine, own.services

    async def asked(self, path: str, status: int = 200, **options: Any) -> tuple[Any, int]:
        """The answer, and how many times the engine was asked for it."""
        before = len(self.engine.calls)
        response = await self.api.get(path, status, **options)
        return response, len(self.engine.calls) - before


@pytest.fixture
async def watched(own: Own) -> AsyncIterator[Watched]:
    async with starter(own) as start:
        process = await start()
        yield Watched(process.own, process.engine)


FILM = f"/films/{STALKER.id}"
PATHS = [FILM, "/films?page_size=20", "/search?q=solaris", "/search/suggest?q=so", "/persons", "/genres", "/films/top"]


@pytest.mark.parametrize("path", PATHS)
async def test_the_second_answer_asks_nobody_and_is_the_same(watched: Watched, path: str) -> None:
    first, asked = await watched.asked(path)
    assert asked >= 1
    second, asked = await watched.asked(path)
    assert asked == 0
    assert second.content == first.content
    ids = {"x-request-id", "ratelimit"}
    assert {k: v for k, v in second.headers.items() if k not in ids} == {
        k: v for k, v in first.headers.items() if k not in ids
    }


@pytest.mark.parametrize("path", PATHS)
async def test_renewed_tokens_make_a_new_answer(watched: Watched, path: str) -> None:
    first, _ = await watched.asked(path)
    await rename(watched.services, "Solaris Three")
    await refresh(watched.services, "film", STALKER.id)
    await watched.services.tokens.renew(["person", "genre"])
    second, asked = await watched.asked(path)
    assert asked >= 1
    if path not in ("/persons", "/genres"):
        assert second.content != first.content
        assert second.headers["etag"] != first.headers["etag"]
    assert (await watched.asked(path))[1] == 0


async def test_one_film_changes_and_another_stays_kept(watched: Watched) -> None:
    other = f"/films/{OUTSIDERS[1].id}"
    await watched.asked(other)
    await watched.asked(FILM)
    await rename(watched.services, "Guide")
    await refresh(watched.services, "film", STALKER.id)
    assert (await watched.asked(other))[1] == 0
    assert (await watched.asked(FILM))[0].json()["title"] == "Guide"


async def test_replacing_the_whole_index_makes_everything_new(watched: Watched) -> None:
    for path in PATHS:
        await watched.asked(path)
    await watched.services.tokens.renew_all()
    for path in PATHS:
        assert (await watched.asked(path))[1] >= 1, path


SAME = [
    ("/films?year_from=1970&genre=Drama", "/films?genre=Drama&year_from=1970"),
    ("/films?genre=Drama&genre=Comedy", "/films?genre=comedy&genre=DRAMA&genre=drama"),
    ("/films", "/films?page=1&page_size=50&sort=-votes"),
    ("/films?year_to=1999", "/films?page_size=50&sort=-votes&year_to=1999"),
    ("/films/top?page=2&page_size=20", "/films/top?page_size=20&page=2"),
    ("/persons?q=a", "/persons?page_size=50&q=A"),
    ("/films?rating_from=7", "/films?rating_from=7.0"),
    ("/search?q=Solaris", "/search?q=%20%20solaris%20"),
    ("/search?q=солярис+1972", "/search?q=%D0%A1%D0%9E%D0%9B%D0%AF%D0%A0%D0%98%D0%A1%20%201972"),
    ("/search?q=cafe%CC%81", "/search?q=caf%C3%A9"),
    ("/search?q=x", "/search?q=x&kind=film&kind=person&kind=genre"),
    (FILM, f"/films/{str(STALKER.id).upper()}"),
    (f"/films?ids={STALKER.id}", f"/films?ids={str(STALKER.id).upper()},{STALKER.id}"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
async def test_what_means_the_same_shares_an_entry(watched: Watched, one: str, other: str) -> None:
    first, _ = await watched.asked(one)
    second, asked = await watched.asked(other)
    assert asked == 0
    assert first.content == second.content


@pytest.mark.parametrize(("one", "other"), SAME)
async def test_links_are_the_same_whoever_asks_first(watched: Watched, one: str, other: str) -> None:
    first, _ = await watched.asked(one)
    await watched.services.tokens.renew_all()
    second, asked = await watched.asked(other)
    assert asked >= 1
    assert first.headers.get("link") == second.headers.get("link")


async def test_nothing_else_shares_an_entry(watched: Watched) -> None:
    """Every pair of these differs in one thing; each must ask for itself, and be answered from its own entry after."""
    film, other = STALKER.id, OUTSIDERS[1].id
    different = [
        *[f"/films?page_size={size}" for size in (20, 50, 100)],
        *[f"/films?{name}=1979" for name in ("year_from", "year_to")],
        *[f"/films?minutes_{end}=99" for end in ("from", "to")],
        *[f"/films?rating_{end}=8" for end in ("from", "to")],
        "/films?page=2",
        "/films?sort=year",
        "/films?sort=-year",
        "/films?genre=drama",
        "/films?genre=comedy",
        "/films?genre=comedy&genre=drama",
        f"/films?person={film}",
        f"/films?person={film}&role=actor",
        f"/films?person={film}&role=writer",
        f"/films?person={other}",
        "/films?title_prefix=so",
        "/films?title_prefix=st",
        f"/films?ids={film},{other}",
        f"/films?ids={other},{film}",
        f"/films/{film}",
        f"/films/{other}",
        f"/films/{film}/similar",
        f"/films/{other}/similar",
        "/films/by/imdb/tt0079944",
        "/films/by/imdb/tt0307479",
        "/films/top",
        "/persons?q=so",
        "/persons?q=st",
        "/genres?sort=-name",
        "/search?q=so",
        "/search?q=st",
        "/search?q=so&kind=film",
        "/search?q=so&kind=genre",
        "/search/suggest?q=so",
        "/search/suggest?q=st",
    ]
    first = {}
    for path in different:
        first[path], asked = await watched.asked(path)
        assert asked >= 1, path
    watched.engine.calls.clear()
    for path in reversed(different):
        again, asked = await watched.asked(path)
        assert asked == 0, path
        assert again.content == first[path].content


async def test_refusals_are_not_kept(watched: Watched) -> None:
    for path in ("/films?genre=nope", "/films/00000000-0000-0000-0000-000000000000"):
        status = 422 if "genre" in path else 404
        await watched.asked(path, status)
        assert (await watched.asked(path, status))[1] >= 1


async def test_many_at_once_are_one_question(watched: Watched) -> None:
    watched.engine.gate = asyncio.Event()
    tasks = [asyncio.create_task(watched.api.get("/films?page_size=20")) for _ in range(20)]
    await watched.engine.arrived.wait()
    tasks[0].cancel()  # the one that began it goes away
    watched.engine.gate.set()
    answers = await asyncio.gather(*tasks[1:])
    assert watched.engine.calls == ["page"]
    assert len({answer.content for answer in answers}) == 1


async def test_a_slow_answer_never_outlives_a_change(watched: Watched) -> None:
    """It was read before the change and comes back after it: nobody who asks after the change may get it."""
    watched.engine.gate = asyncio.Event()
    slow = asyncio.create_task(watched.api.get(FILM))
    await watched.engine.arrived.wait()
    await rename(watched.services, "Guide")
    await refresh(watched.services, "film", STALKER.id)
    joined = asyncio.create_task(watched.api.get(FILM))  # asks while the slow one is still under way
    await asyncio.sleep(0)
    watched.engine.gate.set()
    assert (await slow).json()["title"] == "Stalker"
    assert (await joined).json()["title"] == "Guide"
    assert (await watched.api.get(FILM)).json()["title"] == "Guide"


async def test_changes_and_readers_at_random_never_show_the_past(watched: Watched) -> None:
    """Each reader notes what was visible when it asked; an answer may be newer, never older."""
    visible = 0

    async def write() -> None:
        nonlocal visible
        for number in range(1, 31):
            await watched.services.tokens.hold([f"film:{STALKER.id}"])
            await rename(watched.services, f"Stalker {number}")
            visible = number
            await asyncio.sleep(0)
            await refresh(watched.services, "film", STALKER.id)

    async def read() -> None:
        while visible < 30:
            least = visible
            title = (await watched.api.get(FILM)).json()["title"]
            assert int(title.partition(" ")[2] or 0) >= least
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(read() for _ in range(4)))


async def test_stale_while_the_engine_is_down_and_marked(watched: Watched) -> None:
    path = "/films?page_size=20"
    fresh, _ = await watched.asked(path)
    assert "cache-status" not in fresh.headers
    await watched.services.tokens.renew(["film"])
    watched.engine.down = True
    stale, _ = await watched.asked(path)
    assert stale.content == fresh.content
    assert stale.headers["cache-status"].startswith("kinoteka; hit; ttl=-")
    refused, _ = await watched.asked("/films?page_size=50", 503)
    assert int(refused.headers["retry-after"]) > 0
    watched.engine.down = False
    again, _ = await watched.asked(path)
    assert "cache-status" not in again.headers


async def test_by_id_goes_on_without_the_engine(watched: Watched) -> None:
    watched.engine.down = True
    assert (await watched.asked(FILM))[0].json()["title"] == "Stalker"
    assert (await watched.asked("/films/by/imdb/tt0079944"))[0].json()["title"] == "Stalker"


async def test_without_memory_nothing_is_kept_and_all_works(own: Own) -> None:
    settings = own.services.settings.model_copy(update={"cache_bytes": 0})
    engine = Counting(own.services.engine)
    services = replace(own.services, settings=settings, engine=engine, answers=None)
    async with application(services) as bare:
        for expected in (1, 2):
            await bare.api.get("/films", headers={"Accept-Encoding": "gzip"})
            assert engine.calls == ["page"] * expected


async def test_coded_copies_are_made_from_the_same_entry(watched: Watched, api: Api) -> None:
    plain, _ = await watched.asked("/films", headers={"Accept-Encoding": "identity"})
    for coding in ("gzip", "zstd"):
        packed, asked = await watched.asked("/films", headers={"Accept-Encoding": coding})
        assert asked == 0
        assert packed.content == plain.content


async def test_hits_are_counted_as_such(watched: Watched) -> None:
    for path in ("/films?year_to=1999", "/films?page=1&year_to=1999", "/films?page=1&year_to=1999"):
        await watched.asked(path)
    for path in ("/films/random", "/health/live"):
        await watched.asked(path)
    metrics = (await watched.api.client.get("/metrics")).text

    def counted(cache: str, route: str) -> str:
        return f'kinoteka_requests_total{{cache="{cache}",method="GET",route="{route}",status="200"}}'

    assert f"{counted('miss', '/api/v1/films')} 1.0" in metrics
    assert f"{counted('l1', '/api/v1/films')} 2.0" in metrics
    assert f"{counted('-', '/api/v1/films/random')} 1.0" in metrics
    assert f"{counted('-', '/health/live')} 1.0" in metrics
