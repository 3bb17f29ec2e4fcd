"""Those who change the catalogue: each film has one editor, so that what stands there must be what that one wrote."""

import io
from uuid import uuid4

import httpx
from PIL import Image

from benchmarks.soak.calls import Caller, Check
from benchmarks.soak.viewers import DATABASE
from benchmarks.soak.world import World

KEPT = {"postgres", "s3"}
"""What keeps photos."""
_TRIES = 60
"""Of making one film: until it is certain that it is there."""


async def edit(caller: Caller, world: World) -> None:
    """On what was read a moment ago, from either host; then either host has the new state."""
    film, text = caller.random.choice(caller.films), f"What {caller.name} wrote: {uuid4().hex}"
    key = ("film", film)
    if not world.ledger.is_open(key):
        return
    before = _describes(world.ledger.value(key)) if key in world.ledger.possible else None
    seen = await caller.ask("film, to edit it", "GET", f"/films/{film}", needs=world.needs_of(film), check=before)
    if seen is None:
        return
    world.ledger.begin(key, seen.json().get("description"))
    answer = await caller.ask(
        *("edit", "PATCH", f"/films/{world.touch(film)}"),
        needs=DATABASE,
        headers={"If-Match": seen.headers["etag"], "Content-Type": "application/merge-patch+json"},
        json={"description": text},
    )
    world.ledger.note(key, text, is_certain=answer is not None)
    if answer is not None:
        needs = world.needs_of(film)
        await caller.ask("film just edited", "GET", f"/films/{film}", needs=needs, check=_describes(text))


def _describes(text: object) -> Check:
    def check(answer: httpx.Response) -> str | None:
        seen = answer.json().get("description")
        return None if seen == text else f"the description is {seen!r}, and {text!r} was acknowledged"

    return check


async def make(caller: Caller, world: World) -> None:
    """Sent again under its key until the answer is there: it is made once."""
    title = f"Made {uuid4().hex}"
    body = {"title": title, "year": 2020, "minutes": 90}
    director = world.touch(caller.random.choice(world.persons))
    body |= {"genres": [world.genres[0]], "directors": [director]}
    for _ in range(_TRIES):
        answer = await caller.ask(
            *("film made", "POST", "/films"),
            ok=(201, 409),
            needs=DATABASE,
            headers={"Idempotency-Key": title.replace(" ", "-")},
            json=body,
        )
        if answer is not None and answer.status_code == 201:
            break
        await caller.rest(0.5)
    else:
        caller.records.add_fault("POST /films", f"not done after {_TRIES} tries")
        return
    world.ledger.note(("made", title), answer.json()["id"], is_certain=True)
    film = answer.json()["id"]
    caller.made.append(film)
    world.directors[film] = director
    await caller.ask("film just made", "GET", f"/films/{world.touch(film)}", needs=DATABASE)


async def remove_or_restore(caller: Caller, world: World) -> None:
    """One of those it made."""
    if not caller.made:
        return
    film = caller.random.choice(caller.made)
    key = ("there", film)
    if not world.ledger.is_open(key):
        return
    world.touch(film)
    is_there = world.ledger.value(key) is not False
    if is_there:
        answer = await caller.ask(
            *("film removed", "DELETE", f"/films/{film}"), ok=(204,), needs=DATABASE, headers={"If-Match": "*"}
        )
    else:
        answer = await caller.ask("film restored", "POST", f"/films/{film}/restore", needs=DATABASE)
    world.ledger.note(key, not is_there, is_certain=answer is not None)
    if answer is not None:
        ok = (404,) if is_there else (200,)
        await caller.ask("film just removed or restored", "GET", f"/films/{film}", ok=ok, needs=DATABASE)


async def give_photo(caller: Caller, world: World) -> None:
    """And look at it."""
    person = caller.random.choice(caller.persons)
    answer = await caller.ask(
        *("photo sent", "PUT", f"/persons/{world.touch(person)}/photo"),
        ok=(200, 201),
        needs=KEPT,
        headers={"If-Match": "*", "Content-Type": "image/jpeg"},
        content=_picture(caller),
    )
    if answer is not None:
        path = answer.json()["photo"]["small"].removeprefix("/api/v1")
        await caller.ask("photo", "GET", path, needs=KEPT, check=_is_webp)


def _picture(caller: Caller) -> bytes:
    packed = io.BytesIO()
    Image.effect_noise((64, 96), caller.random.uniform(10, 100)).save(packed, "JPEG")
    return packed.getvalue()


def _is_webp(answer: httpx.Response) -> str | None:
    return None if answer.content[8:12] == b"WEBP" else "the body is no WebP"


EDITS = [(edit, 12), (make, 2), (remove_or_restore, 2), (give_photo, 3)]
