"""Those who only read: lists, searches, suggestions, films, and what is not there."""

import httpx

from benchmarks.soak.calls import Caller, Check
from benchmarks.soak.world import World

SEARCH = {"elasticsearch"}
"""What is needed where nothing is cached."""


async def hot_list(caller: Caller, _: World) -> None:
    """Cached somewhere at all times, so that it is answered whatever is down."""
    await caller.ask("hot list", "GET", "/films?sort=-rating&page_size=20", check=has_items)


async def new_list(caller: Caller, _: World) -> None:
    years = caller.random.randint(1900, 2026), caller.random.randint(30, 100_000)
    path = f"/films?year_from={years[0]}&minutes_to={years[1]}&page_size=50&sort=-votes"
    await caller.ask("uncached list", "GET", path, needs=SEARCH, check=has_items)


async def search(caller: Caller, world: World) -> None:
    title = caller.random.choice(world.titles)
    query = {"q": title, "minutes_to": caller.random.randint(300, 100_000)}
    await caller.ask("search", "GET", "/search", needs=SEARCH, check=has_items, params=query)


async def suggest(caller: Caller, world: World) -> None:
    beginning = caller.random.choice(world.titles)[: caller.random.randint(1, 6)].strip() or "a"
    await caller.ask("suggest", "GET", "/search/suggest", needs=SEARCH, params={"q": beginning})


async def film(caller: Caller, world: World) -> None:
    """From the index or from the database, whichever is there."""
    one = caller.random.choice(world.films)
    await caller.ask("film", "GET", f"/films/{one}", needs=world.needs_of(one), check=is_one(one))


async def person(caller: Caller, world: World) -> None:
    one = caller.random.choice(world.persons)
    await caller.ask("person", "GET", f"/persons/{one}", needs=world.needs_of(one), check=is_one(one))


async def nobody(caller: Caller, world: World) -> None:
    await caller.ask("unknown film", "GET", f"/films/{world.new_id()}", ok=(404,), needs={"postgres"})


async def ratings_of_film(caller: Caller, world: World) -> None:
    one = caller.random.choice(world.films)
    await caller.ask("ratings of a film", "GET", f"/films/{one}/ratings", needs={"postgres"})


async def not_modified(caller: Caller, world: World) -> None:
    """What has not changed is 304, from whichever process, or has another ETag."""
    one = caller.random.choice(world.films)
    first = await caller.ask("film", "GET", f"/films/{one}", needs=world.needs_of(one))
    if first is not None:
        headers = {"If-None-Match": first.headers["etag"]}
        needs = world.needs_of(one)
        await caller.ask("film, with ETag", "GET", f"/films/{one}", ok=(200, 304), needs=needs, headers=headers)


READS = [
    (hot_list, 20),
    (new_list, 10),
    (search, 8),
    (suggest, 8),
    (film, 25),
    (person, 6),
    (nobody, 3),
    (ratings_of_film, 5),
    (not_modified, 6),
]


def has_items(answer: httpx.Response) -> str | None:
    body = answer.json()
    if not isinstance(body.get("items"), list) or not isinstance(body.get("total"), int):
        return "the body is no page"
    return None


def is_one(one: str) -> Check:
    def check(answer: httpx.Response) -> str | None:
        return None if answer.json().get("id") == one else "the body is of another one"

    return check
