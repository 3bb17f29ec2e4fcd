"""Whether everything that can be read says what the model says."""

import asyncio
from time import monotonic
from typing import Any

from tests.functional.checked_api import Api
from tests.functional.editing.catalogue_model import Kind, Model, seen
from tests.functional.editing.random_edits import Edits, version_of

KINDS: tuple[Kind, ...] = ("film", "person", "genre")
PATIENCE = 90.0


async def check_by_id(api: Api, edits: Edits) -> None:
    """At once, whatever the index knows."""
    for kind in KINDS:
        for id_, thing in edits.model.of(kind).items():
            status = 308 if thing.merged_into else 404 if thing.deleted else 200
            answer = await api.get(f"/{kind}s/{id_}", status)
            if status == 200:
                assert seen(kind, answer.json()) == edits.model.shown(kind, id_), edits.last()
                assert version_of(answer) == thing.version, edits.last()
            if status == 308:
                assert answer.headers["location"] == f"/api/v1/persons/{thing.merged_into}"


async def check_lists(api: Api, edits: Edits) -> None:
    """Once the index has caught up: lists, counts, filters, own lists."""
    deadline = monotonic() + PATIENCE
    while (wrong := await disagreement(api, edits)) and monotonic() < deadline:  # noqa: ASYNC110 - another's event
        await asyncio.sleep(0.05)
    assert not wrong, f"{wrong}\n{edits.last()}"


async def disagreement(api: Api, edits: Edits) -> str:
    model = edits.model
    for kind in KINDS:
        listed = {item["id"]: item for item in await walk(api, f"/{kind}s")}
        wanted = set(model.alive(kind))
        if listed.keys() != wanted:
            return f"{kind}s: {listed.keys() ^ wanted}"
        wrong = [id_ for id_, item in listed.items() if not is_item(model, kind, item)]
        if wrong:
            return f"{kind} {wrong[0]}: {listed[wrong[0]]} is {model.shown(kind, wrong[0])}"
    return await wrong_filter(api, model) or await wrong_own_list(api, edits)


async def walk(api: Api, path: str, **options: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await api.get(f"{path}{'&' if '?' in path else '?'}page_size=20{cursor}", **options)).json()
        items += page["items"]
        if page["cursor"] is None:
            assert page["total"] == len(items)
            return items
        cursor = f"&cursor={page['cursor']}"


def is_item(model: Model, kind: Kind, item: dict[str, Any]) -> bool:
    shown = model.shown(kind, item["id"])
    if kind == "person":
        return bool((item["name"], item["film_count"]) == (shown["name"], len(shown["films"])))
    return seen(kind, item) == (shown if kind == "genre" else {**shown, "actors": shown["actors"][:5]})


async def wrong_filter(api: Api, model: Model) -> str:
    for genre in model.alive("genre"):
        found = {film["id"] for film in await walk(api, f"/genres/{genre}/films")}
        if found != {id_ for id_ in model.alive("film") if genre in model.films[id_].genres}:
            return f"films of the genre {genre}"
    for person in model.alive("person"):
        if {film["id"] for film in await walk(api, f"/persons/{person}/films")} != model.shown_person(person)[
            "films"
        ].keys():
            return f"films of the person {person}"
    return ""


async def wrong_own_list(api: Api, edits: Edits) -> str:
    model, there = edits.model, set(edits.model.alive("film"))
    for who, headers in edits.viewers.items():
        for name, entries in model.lists.items():
            found = {item["film"]["id"] for item in await walk(api, f"/me/{name}", headers=headers)}
            if found != {film for owner, film in entries if owner == who and film in there}:
                return f"{name} of {who}"
        rated = {item["film"]["id"]: item["score"] for item in await walk(api, "/me/ratings", headers=headers)}
        if rated != {id_: model.films[id_].scores[who] for id_ in there if who in model.films[id_].scores}:
            return f"ratings of {who}"
    return ""
