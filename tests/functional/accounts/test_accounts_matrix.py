"""Who gets what from every route: each operation of the served document, asked by each kind of caller.

The expected statuses are in access.csv beside this file. A new route must be put there, deliberately; what the whole
table would be now is what a failing test writes into its message.
"""

import asyncio
import base64
import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from applications import Own
from people import PASSWORD, Person, execute, new_person, new_phone, scalar
from small_catalogue import OUTSIDERS, STALKER, fill, index

from kinoteka.accounts.permissions import PERMISSIONS

TABLE = Path(__file__).with_name("access.csv")
OTHERS = [permission.name for permission in PERMISSIONS if permission.name != "catalogue:export"]
CALLERS = ["nobody", "user", "other", *OTHERS, "admin"]
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==")
DOCUMENTED_BY_HAND = {"getLiveness", "getReadiness", "getMetrics"}


@dataclass(frozen=True)
class Scene:
    """A user, who is asked about, and somebody who asks; `role` is one that both a holder of it and nobody has."""

    user: Person
    caller: Person | None
    role: str
    own: dict[str, str]
    """A film, a person and a genre that nothing else refers to, by kind; `other` is a second person."""


@pytest.fixture
async def stage(fresh: Own) -> Own:
    await fill(fresh.services.database, OUTSIDERS)
    await execute(fresh.services, "UPDATE person SET photo = left(encode(sha256(id::text::bytea), 'hex'), 40)")
    await index(fresh.services)
    return fresh


async def set_scene(site: Own, caller: str, admin: Person) -> Scene:
    user = await new_person(site.services)
    body = {"name": f"role {uuid4()}", "permissions": []}
    role = (await site.api.send("POST", "/roles", 201, json=body, headers=admin.headers)).json()["id"]
    await site.api.send("PUT", f"/users/{user.id}/roles/{role}", 204, headers=admin.headers)
    permissions = [caller] if caller in OTHERS else []
    asking = (
        None
        if caller == "nobody"
        else user
        if caller == "user"
        else await new_person(site.services, *permissions, admin=caller == "admin")
    )
    return Scene(user, asking, role, await things_to_edit(site))


async def things_to_edit(site: Own) -> dict[str, str]:
    mark = str(uuid4())
    made = {
        "film": "INSERT INTO film (title, title_key, year, minutes) VALUES (:mark, :mark, 2000, 90) RETURNING id",
        "genre": "INSERT INTO genre (name, name_key) VALUES (:mark, :mark) RETURNING id",
        "person": "INSERT INTO person (name, photo) VALUES (:mark, md5(:mark) || '00000000') RETURNING id",
        "other": "INSERT INTO person (name) VALUES (:mark) RETURNING id",
    }
    return {kind: str(await scalar(site.services, statement, mark=mark)) for kind, statement in made.items()}


EDITED = ("film", "person", "genre")


async def prepare(site: Own, template: str, method: str, scene: Scene, known: dict[str, str]) -> dict[str, str]:
    """Ids for the path: those of the scene where something is written, which a restore finds deleted."""
    kind = next((kind for kind in EDITED if template.startswith(f"/api/v1/{kind}s/{{id}}")), None)
    if kind is None or method == "get":
        return known
    if template.endswith("/restore"):
        await execute(site.services, f"UPDATE {kind} SET deleted_at = now() WHERE id = :id", id=scene.own[kind])
    return {**known, f"/api/v1/{kind}s": scene.own[kind]}


def address_of(template: str, scene: Scene, known: dict[str, str]) -> str:
    ids = {
        "/api/v1/users": str(scene.user.id),
        "/api/v1/roles": scene.role,
        "/api/v1/me/sessions": str(scene.user.session_id),
        "/api/v1/me/imports": str(uuid4()),
        **known,
    }
    own = next((value for prefix, value in ids.items() if template.startswith(f"{prefix}/{{id}}")), "")
    filled = template.format(
        id=own,
        role_id=scene.role,
        permission="catalogue:write",
        source="imdb",
        value="tt0079944",
        film_id=STALKER.id,
    )
    queries = {"/api/v1/search": "?q=stalker", "/api/v1/search/suggest": "?q=st"}
    return filled + queries.get(template, "?force=true" if template == "/api/v1/roles/{id}" else "")


def body_of(operation: dict[str, Any], scene: Scene) -> Any:
    """The documented example, with what belongs to those in the scene."""
    if "application/json" not in operation.get("requestBody", {}).get("content", {}):
        return None
    body = dict(operation["requestBody"]["content"]["application/json"]["example"])
    asking = scene.caller or scene.user
    own = {
        "phone": asking.phone if operation["operationId"] == "login" else new_phone(),
        "current_password": PASSWORD,
        "refresh_token": asking.refresh_token,
        "permissions": [],
        "directors": [scene.own["person"]],
        "genres": [scene.own["genre"]],
        "actors": [],
        "into": scene.own["other"],
    }
    body |= {name: value for name, value in own.items() if name in body}
    for name in ("name", "title"):
        if name in body and operation["operationId"].startswith(("create", "changeRole", "changeGenre")):
            body[name] = f"new {uuid4()}"
    return body


async def ask(site: Own, template: str, method: str, scene: Scene, known: dict[str, str]) -> int:
    operation = site.api.document["paths"][template][method]
    headers = scene.caller.headers if scene.caller else {}
    if any(parameter["name"] == "If-Match" for parameter in operation["parameters"]):
        headers = {**headers, "If-Match": "*"}
    options: dict[str, Any] = {"headers": headers}
    body = body_of(operation, scene)
    if body is not None:
        options["json"] = body
    elif "image/png" in operation.get("requestBody", {}).get("content", {}):
        options |= {"content": PIXEL, "headers": {**headers, "Content-Type": "image/png"}}
    elif "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        options |= {"files": {"file": ("mine.csv", b"Const,Your Rating\ntt0079944,8\n")}, "data": {"source": "imdb"}}
    path = address_of(template, scene, await prepare(site, template, method, scene, known))
    if method == "delete" and template == "/api/v1/roles/{id}":
        pass
    elif template == "/api/v1/roles/{id}":
        path = path.removesuffix("?force=true")
    return (await site.api.send(method.upper(), path, **options)).status_code


async def ids_of_catalogue(site: Own) -> dict[str, str]:
    persons = (await site.api.get("/persons")).json()["items"]
    genres = (await site.api.get("/genres")).json()["items"]
    return {
        "/api/v1/films": str(STALKER.id),
        "/api/v1/persons": persons[0]["id"],
        "/api/v1/genres": genres[0]["id"],
    }


@pytest.mark.slow
async def test_every_route_answers_every_caller_as_the_table_says(stage: Own) -> None:
    admin, known = await new_person(stage.services, admin=True), await ids_of_catalogue(stage)
    table: dict[str, list[str]] = {}
    unchanged = {caller: await set_scene(stage, caller, admin) for caller in CALLERS}

    async def see(template: str, method: str, caller: str) -> int:
        scene = unchanged[caller] if method == "get" else await set_scene(stage, caller, admin)
        return await ask(stage, template, method, scene, known)

    for template, item in stage.api.document["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            if name in DOCUMENTED_BY_HAND:
                continue
            cells = [see(template, method, caller) for caller in CALLERS]
            table[name] = [str(status) for status in await asyncio.gather(*cells)]
    with TABLE.open(newline="") as file:
        expected = {row[0]: row[1:] for row in list(csv.reader(file))[1:]}
    if table != expected:
        pytest.fail(written(table), pytrace=False)


def written(table: dict[str, list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["operation", *CALLERS])
    writer.writerows([name, *cells] for name, cells in sorted(table.items()))
    return f"The table is now:\n{text.getvalue()}"


def test_the_table_opens_nothing_by_mistake() -> None:
    """What holds of it whatever it says: nobody is let in where a permission or an account is needed."""
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["operation", *CALLERS]
    for row in rows:
        denied = {caller for caller in CALLERS if row[caller] in ("401", "403")}
        if denied:
            assert row["nobody"] == "401", row
            assert "admin" not in denied, row
