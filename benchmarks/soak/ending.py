"""What must be so at the end: all that was acknowledged is there, from every host, and no more."""

from collections.abc import Hashable
from typing import Any

from benchmarks.soak.calls import Caller
from benchmarks.soak.ledger import Ledger
from benchmarks.soak.viewers import LISTS
from benchmarks.soak.world import World

_VALUES: dict[str, str] = {"ratings": "score"}


async def check_all(callers: list[Caller], world: World) -> int:
    """How many facts were looked at; what is wrong becomes a fault."""
    looked = 0
    for caller in callers:
        for name in ("ratings", *LISTS):
            looked += await _check_own(caller, name, world)
    for key in world.ledger.possible:
        if key[0] in ("film", "there", "made"):
            looked += await _check_film(callers[0], key, world.ledger)
    return looked


async def _check_own(caller: Caller, name: str, world: World) -> int:
    found = await _read_all(caller, f"/me/{name}", _VALUES.get(name, ""))
    expected = {str(key[2]) for key in world.ledger.possible if key[:2] == (name, caller.name)}
    for film in expected | found.keys():
        key = (name, caller.name, film)
        if not world.ledger.is_right(key, found.get(film)):
            _report(caller, f"{name} of {caller.name}, film {film}", found.get(film), key, world.ledger)
    return len(expected)


async def _read_all(caller: Caller, path: str, field: str) -> dict[str, Hashable]:
    """By film what stands there; True where there is nothing more to say."""
    found: dict[str, Hashable] = {}
    page = 1
    while True:
        answer = await caller.ask("own list at the end", "GET", f"{path}?page_size=100&page={page}")
        items: list[dict[str, Any]] = answer.json()["items"] if answer is not None else []
        found |= {item["film"]["id"]: item[field] if field else True for item in items}
        if not items:
            return found
        page += 1


async def _check_film(caller: Caller, key: tuple[Hashable, ...], ledger: Ledger) -> int:
    kind, of = key
    if kind == "made":
        return await _check_made(caller, str(of))
    answer = await caller.ask("film at the end", "GET", f"/films/{of}", ok=(200, 404))
    if answer is None:
        return 0
    body = answer.json() if answer.status_code == 200 else {}
    value = body.get("description") if kind == "film" else bool(body)
    if not ledger.is_right(key, value) and not (value is True and ledger.is_right(key, None)):
        _report(caller, f"{kind} {of}", value, key, ledger)
    return 1


async def _check_made(caller: Caller, title: str) -> int:
    """Once at the most: it may have been removed since."""
    answer = await caller.ask("made film at the end", "GET", "/films", params={"title_prefix": title})
    if answer is not None and answer.json()["total"] > 1:
        caller.records.add_fault(f"films {title!r}", f"there are {answer.json()['total']}")
    return 1


def _report(caller: Caller, what: str, found: Hashable, key: tuple[Hashable, ...], ledger: Ledger) -> None:
    possible = " or ".join(map(repr, ledger.possible.get(key, {None})))
    caller.records.add_fault(what, f"lost or wrong: {found!r} stands there, {possible} was acknowledged")
