"""A POST that is sent twice is done once."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from applications import Own
from people import Person, execute, new_person, scalar

from kinoteka.app import api_routes
from kinoteka.web.idempotency import Keyed
from kinoteka.web.process import Process


@pytest.fixture
async def admin(site: Own) -> Person:
    return await new_person(site.services, admin=True)


def role() -> dict[str, Any]:
    return {"name": f"role {uuid4()}", "permissions": ["users:read"]}


async def create(site: Own, who: Person, key: str, body: dict[str, Any], status: int | None = 201) -> httpx.Response:
    headers = {**who.headers, "Idempotency-Key": key}
    return await site.api.send("POST", "/roles", status, json=body, headers=headers)


async def test_the_same_key_and_body_get_the_stored_answer(site: Own, admin: Person) -> None:
    key, body = str(uuid4()), role()
    first, again = [await create(site, admin, key, body) for _ in range(2)]
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    await create(site, admin, str(uuid4()), body, 409)


async def test_another_body_is_refused(site: Own, admin: Person) -> None:
    key = str(uuid4())
    await create(site, admin, key, role())
    refused = await create(site, admin, key, role(), 422)
    assert refused.json()["errors"][0]["parameter"] == "Idempotency-Key"


async def test_keys_are_their_user_s_own(site: Own, admin: Person) -> None:
    other, key = await new_person(site.services, admin=True), str(uuid4())
    first, second = await create(site, admin, key, role()), await create(site, other, key, role())
    assert first.json()["id"] != second.json()["id"]


async def test_of_many_at_once_one_is_done(site: Own, admin: Person) -> None:
    key, body = str(uuid4()), role()
    answers = await asyncio.gather(*(create(site, admin, key, body, None) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == 1
    made = "SELECT count(*) FROM role WHERE name = :name"
    assert await scalar(site.services, made, name=body["name"]) == 1


async def test_what_was_refused_may_be_sent_again(site: Own, admin: Person) -> None:
    taken, key = role(), str(uuid4())
    made = (await create(site, admin, str(uuid4()), taken)).json()
    await create(site, admin, key, taken, 409)
    await site.api.send("DELETE", f"/roles/{made['id']}", 204, headers=admin.headers)
    await create(site, admin, key, taken)


async def test_a_key_is_forgotten_after_a_day(site: Own, admin: Person) -> None:
    key = str(uuid4())
    await create(site, admin, key, role())
    await execute(site.services, "UPDATE deed SET begun_at = now() - interval '25 hours' WHERE key = :key", key=key)
    await create(site, admin, key, role())


async def test_a_bad_key_is_a_fault_beside_those_of_the_body(site: Own, admin: Person) -> None:
    answer = await create(site, admin, "with space", {"name": ""}, 422)
    named = {fault.get("parameter") or fault["pointer"] for fault in answer.json()["errors"]}
    assert named == {"Idempotency-Key", "/name", "/permissions"}


def test_every_post_takes_a_key_but_those_that_sign_in(site: Own) -> None:
    routes = [route for route in api_routes(site.services, Process()) if route.method == "POST"]
    without = {route.path for route in routes if not issubclass(route.header_model, Keyed)}
    assert len(routes) > 12
    assert without == {f"/api/v1/auth/{name}" for name in ("register", "login", "refresh", "logout", "logout-all")}
