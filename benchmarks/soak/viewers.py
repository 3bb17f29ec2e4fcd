"""Those who score films and keep lists, bring files along, sign in and out."""

import asyncio

import httpx

from benchmarks.soak.calls import Caller
from benchmarks.soak.world import World

DATABASE = {"postgres"}
LISTS = ("favourites", "wishlist")
ROWS = 30
"""Of an own file."""
JOB_SECONDS = 300.0
"""For an import: whoever had it may be killed, and PostgreSQL be away."""


async def score(caller: Caller, world: World) -> None:
    film, points = _own_film(caller, world), caller.random.randint(2, 20) / 2
    key = ("ratings", caller.name, film)
    if not world.ledger.is_open(key):
        return
    path = f"/me/ratings/{world.touch(film)}"
    answer = await caller.ask("score", "PUT", path, ok=(200, 201), needs=DATABASE, json={"score": points})
    world.ledger.note(key, points, is_certain=answer is not None)
    if answer is not None and caller.random.random() < 0.3:
        await _see(caller, film, "score", points)


async def take_score_back(caller: Caller, world: World) -> None:
    film = _own_film(caller, world)
    key = ("ratings", caller.name, film)
    if not world.ledger.is_open(key) or world.ledger.value(key) is None:
        return
    answer = await caller.ask(
        "score taken back", "DELETE", f"/me/ratings/{world.touch(film)}", ok=(204,), needs=DATABASE
    )
    world.ledger.note(key, None, is_certain=answer is not None)


async def keep_film(caller: Caller, world: World) -> None:
    film, name = _own_film(caller, world), caller.random.choice(LISTS)
    key = (name, caller.name, film)
    if not world.ledger.is_open(key):
        return
    there = world.ledger.value(key) is None
    method, ok = ("PUT", (200, 201)) if there else ("DELETE", (204,))
    answer = await caller.ask(f"entry of {name}", method, f"/me/{name}/{film}", ok=ok, needs=DATABASE)
    world.ledger.note(key, True if there else None, is_certain=answer is not None)
    if answer is not None and caller.random.random() < 0.3:
        await _see(caller, film, name.removesuffix("s"), there)


async def _see(caller: Caller, film: str, field: str, value: object) -> None:
    """From either host: what was acknowledged is there at once."""

    def check(answer: httpx.Response) -> str | None:
        seen = answer.json()[field]
        return None if seen == value else f"{field} is {seen}, and {value} was acknowledged"

    await caller.ask("what was just written", "GET", f"/me/films/{film}", needs=DATABASE, check=check)


async def read_own(caller: Caller, _: World) -> None:
    name = caller.random.choice(("ratings", *LISTS))
    await caller.ask("own list", "GET", f"/me/{name}?page_size=20", needs=DATABASE)


async def export(caller: Caller, _: World) -> None:
    await caller.ask("export", "GET", "/films/export?format=csv", needs=DATABASE, check=_is_whole)


def _is_whole(answer: httpx.Response) -> str | None:
    return None if answer.text.startswith("id,") and answer.text.endswith("\n") else "the CSV is cut off"


VIEWS = [(score, 12), (take_score_back, 2), (keep_film, 6), (read_own, 3), (export, 0.3)]


async def import_file(caller: Caller, world: World) -> None:
    """A file of scores in this API's own format; once it was taken in it is done, whoever dies meanwhile."""
    films = {_own_film(caller, world) for _ in range(ROWS)}
    films = {film for film in films if world.ledger.is_open(("ratings", caller.name, film))}
    scores = {world.touch(film): caller.random.randint(2, 20) / 2 for film in sorted(films)}
    lines = ["list,film_id,score", *(f"ratings,{film},{points}" for film, points in scores.items())]
    taken = await caller.ask(
        *("import", "POST", "/me/imports"),
        ok=(202,),
        needs=DATABASE,
        data={"source": "kinoteka"},
        files={"file": ("own.csv", "\n".join(lines) + "\n", "text/csv")},
    )
    is_done = taken is not None and await _is_done(caller, taken.json()["id"], len(scores))
    for film, points in scores.items():
        world.touch(film)
        world.ledger.note(("ratings", caller.name, film), points, is_certain=is_done)


async def _is_done(caller: Caller, job: str, rows: int) -> bool:
    async with asyncio.timeout(JOB_SECONDS):
        while True:
            answer = await caller.ask("state of an import", "GET", f"/me/imports/{job}", needs=DATABASE)
            told = answer.json() if answer is not None else {}
            if told.get("state") in ("done", "failed"):
                break
            await asyncio.sleep(0.3)
    taken = sum(told["counts"].get(outcome, 0) for outcome in ("added", "changed", "unchanged"))
    if taken != rows:
        caller.records.add_fault(f"import {job}", f"{taken} of {rows} rows were taken", answer=str(told))
    return True


async def visit(caller: Caller, _: World) -> None:
    """Signs in, refreshes the tokens, signs out; then they hold nowhere any more."""
    tokens = await caller.sign_in()
    if tokens is None:
        return
    body = {"refresh_token": tokens["refresh_token"]}
    fresh = await caller.ask("refresh", "POST", "/auth/refresh", needs=DATABASE, json=body)
    if fresh is None:
        return
    own = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    await caller.ask("who am I", "GET", "/me", needs=DATABASE, headers=own)
    if await caller.ask("sign-out", "POST", "/auth/logout", ok=(204,), needs=DATABASE, headers=own) is not None:
        await caller.ask("after the sign-out", "GET", "/me", ok=(401,), needs=DATABASE, headers=own)


def _own_film(caller: Caller, world: World) -> str:
    return caller.random.choice(world.films)
