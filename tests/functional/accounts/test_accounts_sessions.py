"""Rules 11 to 17: refresh tokens and sessions."""

import asyncio
import random
import threading
import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from applications import Own
from checked_api import Api
from people import PASSWORD, Person, execute, new_person, scalar, sign_in_again
from signing_in import login, me, refresh

from kinoteka.accounts.refresh_tokens import make_refresh_token
from kinoteka.accounts.revocation import OLDEST, PERIOD, revoke
from kinoteka.accounts.sessions import MOST_SESSIONS
from kinoteka.app import create_app
from kinoteka.bootstrap import open_services
from kinoteka.database import open_database

ROUNDS = 100


@pytest.fixture
async def person(site: Own) -> Person:
    return await new_person(site.services)


async def age(site: Own, person: Person, seconds: int) -> None:
    """As if its last refresh were so long ago."""
    moved = "UPDATE session SET last_seen_at = last_seen_at - make_interval(secs => :seconds) WHERE id = :id"
    await execute(site.services, moved, seconds=float(seconds), id=person.session_id)


async def test_rule_11_a_refresh_token_has_256_secret_bits_and_is_stored_as_a_hash(site: Own, person: Person) -> None:
    raw = urlsafe_b64decode(person.refresh_token.removeprefix("kr_") + "==")
    assert len(raw) == 16 + 4 + 32
    stored = await scalar(site.services, "SELECT token_hash FROM session WHERE id = :id", id=person.session_id)
    assert len(bytes(stored)) == 32  # type: ignore[call-overload] # bytea
    assert raw[20:] not in bytes(stored)  # type: ignore[call-overload] # bytea


async def test_rule_11_each_use_gives_another(site: Own, person: Person) -> None:
    seen = {person.refresh_token}
    token = person.refresh_token
    for _ in range(3):
        token = (await refresh(site, token)).json()["refresh_token"]
        assert token not in seen
        seen.add(token)


async def test_rule_11_only_the_server_can_make_one(site: Own, person: Person) -> None:
    raw = bytearray(urlsafe_b64decode(person.refresh_token.removeprefix("kr_") + "=="))
    other = make_refresh_token(site.services.accounts.secrets, uuid4(), 0).text
    for token in (
        other,
        person.refresh_token[:-1],
        person.refresh_token + "A",
        person.refresh_token + "==",
        person.refresh_token.removeprefix("kr_"),
        person.refresh_token[:-1] + ("B" if person.refresh_token[-1] != "B" else "C"),
        "kr_" + bytes(raw).hex(),
        "",
        "ї",
    ):
        await refresh(site, token, 401)
    await refresh(site, person.refresh_token)


async def test_rule_12_a_lost_answer_signs_nobody_out(site: Own, person: Person) -> None:
    """zitadel#9631: the client never saw the answer and tries again with the token it has."""
    first = (await refresh(site, person.refresh_token)).json()
    again = (await refresh(site, person.refresh_token)).json()
    assert again["refresh_token"] == first["refresh_token"]
    await me(site, again["access_token"])
    await refresh(site, again["refresh_token"])


async def test_rule_12_reuse_of_a_spent_token_ends_the_family_and_is_told(site: Own, person: Person) -> None:
    stolen = person.refresh_token
    second = (await refresh(site, stolen)).json()
    third = (await refresh(site, second["refresh_token"])).json()
    await refresh(site, stolen, 401)
    await refresh(site, third["refresh_token"], 401)
    for tokens in (second, third):
        await me(site, tokens["access_token"], 401)
    back = (await login(site, person.phone)).json()
    headers = {"Authorization": f"Bearer {back['access_token']}"}
    reasons = [one["reason"] for one in (await site.api.get("/me/logins", headers=headers)).json()["items"]]
    assert reasons == ["signed_in", "refresh_token_reused"]


async def test_rule_12_the_window_closes_after_30_seconds(site: Own, person: Person) -> None:
    second = (await refresh(site, person.refresh_token)).json()
    await age(site, person, 29)
    assert (await refresh(site, person.refresh_token)).json()["refresh_token"] == second["refresh_token"]
    await age(site, person, 2)
    await refresh(site, person.refresh_token, 401)
    await refresh(site, second["refresh_token"], 401)


async def test_rule_12_the_window_closes_when_the_successor_is_used(site: Own, person: Person) -> None:
    second = (await refresh(site, person.refresh_token)).json()
    await refresh(site, second["refresh_token"])
    await refresh(site, person.refresh_token, 401)


async def test_rule_12_other_sessions_live_on(site: Own, person: Person) -> None:
    other = await sign_in_again(site.services, person)
    second = (await refresh(site, person.refresh_token)).json()
    await refresh(site, second["refresh_token"])
    await refresh(site, person.refresh_token, 401)
    await me(site, other)
    await refresh(site, other.refresh_token)


async def test_rule_13_order_is_that_of_generations_not_of_clocks(site: Own, person: Person) -> None:
    """keycloak#50999: within one second, and with a clock that goes backwards, an old token is still an old one."""
    tokens = [person.refresh_token]
    for _ in range(3):
        tokens.append((await refresh(site, tokens[-1])).json()["refresh_token"])
        await execute(
            site.services,
            "UPDATE session SET last_seen_at = now() + interval '1 hour' WHERE id = :id",
            id=person.session_id,
        )
    await refresh(site, tokens[1], 401)
    await refresh(site, tokens[3], 401)


async def ask(site: Own, token: str, address: str = "198.51.100.9") -> httpx.Response:
    headers = {"X-Forwarded-For": address}
    return await site.api.client.post("/api/v1/auth/refresh", json={"refresh_token": token}, headers=headers)


async def test_rule_13_fifty_parallel_refreshes_leave_one_successor_a_hundred_times(site: Own) -> None:
    """And no honest client is signed out: each of the fifty can go on with what it got."""

    async def ask_soon(token: str, address: str) -> str:
        await asyncio.sleep(random.uniform(0, 0.02))
        answer = await ask(site, token, address)
        assert answer.status_code == 200, answer.text
        successor: str = answer.json()["refresh_token"]
        return successor

    for turn in range(ROUNDS):
        person, address = await new_person(site.services), f"203.0.113.{turn}"
        tabs = 50 if turn < 5 else 10
        successors = set(await asyncio.gather(*(ask_soon(person.refresh_token, address) for _ in range(tabs))))
        assert len(successors) == 1
        assert (await ask(site, successors.pop(), address)).status_code == 200


async def test_rule_13_a_thief_and_the_owner_never_both_go_on_a_hundred_times(site: Own) -> None:
    """Both have the token, use it at random times, and use what they got: in the end both are out."""

    async def go_on(token: str, address: str) -> None:
        for _ in range(3):
            await asyncio.sleep(random.uniform(0, 0.05))
            answer = await ask(site, token, address)
            if answer.status_code != 200:
                return
            token = answer.json()["refresh_token"]

    async def steal(turn: int) -> None:
        person, address = await new_person(site.services), f"203.0.113.{turn}"
        await asyncio.gather(go_on(person.refresh_token, address), go_on(person.refresh_token, address))
        assert (await ask(site, person.refresh_token, address)).status_code == 401
        assert await scalar(site.services, "SELECT count(*) FROM session WHERE id = :id", id=person.session_id) == 0

    for begin in range(0, ROUNDS, 20):
        await asyncio.gather(*(steal(turn) for turn in range(begin, begin + 20)))


async def test_rule_14_idle_and_absolute_lifetime(site: Own) -> None:
    idle, old = await new_person(site.services), await new_person(site.services)
    await age(site, idle, 30 * 86_400 + 1)
    await refresh(site, idle.refresh_token, 401)
    ends = "UPDATE session SET expires_at = now() - interval '1 s' WHERE id = :id"
    await execute(site.services, ends, id=old.session_id)
    await refresh(site, old.refresh_token, 401)


async def test_rule_14_rotation_never_moves_the_absolute_end(site: Own, person: Person) -> None:
    query = "SELECT expires_at FROM session WHERE id = :id"
    before = await scalar(site.services, query, id=person.session_id)
    await refresh(site, person.refresh_token)
    assert await scalar(site.services, query, id=person.session_id) == before


ENDINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/auth/logout", {}),
    ("POST", "/auth/logout-all", {}),
    ("DELETE", "/me/sessions/{session}", {}),
    ("DELETE", "/me", {"json": {"current_password": PASSWORD}}),
]


@pytest.mark.parametrize(("method", "path", "more"), ENDINGS)
async def test_rule_15_signing_out_holds_at_once_in_every_process(
    fresh: Own, another: Own, method: str, path: str, more: dict[str, Any]
) -> None:
    person = await new_person(fresh.services)
    for site in (fresh, another):
        await me(site, person)
    url = path.format(session=person.session_id)
    await fresh.api.send(method, url, 204, headers=person.headers, **more)
    for site in (another, fresh):
        await me(site, person, 401)
        await refresh(site, person.refresh_token, 401)


async def test_rule_15_the_common_request_asks_the_database_nothing(
    fresh: Own, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await new_person(fresh.services, "users:read")
    revocations, accounts = fresh.services.accounts.revocations, fresh.services.accounts
    await revocations.settle()
    await accounts.permissions.get(person.id)
    asked: list[object] = []
    monkeypatch.setattr(type(fresh.services.database), "transaction", lambda *_: asked.append(1))
    for _ in range(100):
        assert not await revocations.is_revoked(person.session_id)
        assert "users:read" in await accounts.permissions.get(person.id)
    assert asked == []


async def test_rule_15_a_process_that_stood_still_reads_before_it_answers(fresh: Own, database_url: str) -> None:
    person = await new_person(fresh.services)
    reader = fresh.services.accounts.revocations
    await reader.settle()
    ended = threading.Thread(target=asyncio.run, args=[_end_elsewhere(database_url, person.session_id)])
    ended.start()
    ended.join()  # no await: meanwhile nothing of this process runs, its reader neither
    time.sleep(PERIOD)  # noqa: ASYNC251 - the same
    await me(fresh, person, 401)


async def _end_elsewhere(database_url: str, session_id: UUID) -> None:
    database = open_database(database_url, 1)
    async with database.transaction() as connection:
        await revoke(connection, [session_id], 900)
    await database.close()


async def test_rule_15_a_copy_older_than_a_second_is_not_believed(fresh: Own, another: Own) -> None:
    """The bound: a process that cannot read any more believes its copy for a second, then it asks for each request."""
    person = await new_person(fresh.services)
    await me(another, person)
    reader = another.services.accounts.revocations
    await reader.settle()
    assert reader._task is not None
    reader._task.cancel()  # it reads no more, as if its connection hung
    snapshot = reader._snapshot
    await fresh.api.send("POST", "/auth/logout", 204, headers=person.headers)
    reader._snapshot = replace(snapshot, read_at=snapshot.read_at - OLDEST)
    await me(another, person, 401)


async def test_rule_15_without_a_copy_and_without_the_database_nobody_is_let_in(cut_off: Own) -> None:
    await cut_off.api.get("/me", 503, headers={"Authorization": "Bearer x.y.z"})


async def test_rule_15_redis_is_not_asked(fresh: Own, database_url: str) -> None:
    """With a Redis where nobody listens, signing out is as prompt."""
    down = {"redis_url": "redis://127.0.0.1:1/0", "data": fresh.services.settings.data.with_name("no-redis")}
    async with open_services(fresh.services.settings.model_copy(update=down), database_url) as services:
        services.accounts.secrets.__dict__["key"] = fresh.services.accounts.secrets.key
        transport = httpx.ASGITransport(create_app(services))  # type: ignore[arg-type] # Litestar's types are narrower
        async with httpx.AsyncClient(transport=transport, base_url="http://kinoteka.test") as client:
            site = Own(services, Api(client, fresh.api.served), fresh.app)
            person = await new_person(services)
            await me(site, person)
            await site.api.send("POST", "/auth/logout", 204, headers=person.headers)
            await me(site, person, 401)
            await me(fresh, person, 401)


async def test_rule_16_disabling_ends_every_session_and_keeps_new_ones_out(site: Own, person: Person) -> None:
    """CVE-2023-22492: there the refresh tokens of a locked user went on."""
    other, admin = await sign_in_again(site.services, person), await new_person(site.services, admin=True)
    await site.api.send("PATCH", f"/users/{person.id}", 200, json={"active": False}, headers=admin.headers)
    for one in (person, other):
        await me(site, one, 401)
        await refresh(site, one.refresh_token, 401)
    await login(site, person.phone, status=403)
    await login(site, person.phone, "wrong", status=401)
    await site.api.send("PATCH", f"/users/{person.id}", 200, json={"active": True}, headers=admin.headers)
    for one in (person, other):
        await refresh(site, one.refresh_token, 401)
    await login(site, person.phone)


async def test_rule_16_deleting_ends_every_session(site: Own, person: Person) -> None:
    admin = await new_person(site.services, admin=True)
    await site.api.send("DELETE", f"/users/{person.id}", 204, headers=admin.headers)
    await me(site, person, 401)
    await refresh(site, person.refresh_token, 401)
    await login(site, person.phone, status=401)


async def test_rule_16_no_session_slips_through_while_a_user_is_disabled(site: Own) -> None:
    """Signing in and disabling at the same time: afterwards there is no session, whoever was first."""
    admin = await new_person(site.services, admin=True)
    for _ in range(4):
        person = await new_person(site.services)
        signing = [login(site, person.phone, address=f"198.51.100.{n}", status=None) for n in range(3)]
        disabling = site.api.send("PATCH", f"/users/{person.id}", 200, json={"active": False}, headers=admin.headers)
        await asyncio.gather(*signing, disabling)
        assert await scalar(site.services, "SELECT count(*) FROM session WHERE account_id = :id", id=person.id) == 0


async def test_rule_16_each_sign_in_has_a_session_of_its_own(site: Own, person: Person) -> None:
    first, second = [(await login(site, person.phone)).json()["refresh_token"] for _ in range(2)]
    assert first[:20] != second[:20]


async def test_rule_17_own_sessions_are_listed_and_ended(site: Own, person: Person) -> None:
    other, third = [await sign_in_again(site.services, person) for _ in range(2)]
    listed = (await site.api.get("/me/sessions", headers=person.headers)).json()
    assert {one["id"] for one in listed["items"]} == {str(p.session_id) for p in (person, other, third)}
    assert [one["id"] for one in listed["items"] if one["current"]] == [str(person.session_id)]
    await site.api.send("DELETE", f"/me/sessions/{other.session_id}", 204, headers=person.headers)
    await me(site, other, 401)
    await site.api.send("DELETE", f"/me/sessions/{other.session_id}", 404, headers=person.headers)
    await site.api.send("DELETE", "/me/sessions", 204, headers=person.headers)
    await me(site, third, 401)
    await me(site, person)


async def test_rule_17_an_admin_ends_a_users_sessions(site: Own, person: Person) -> None:
    admin = await new_person(site.services, "users:write")
    await site.api.send("DELETE", f"/users/{person.id}/sessions", 204, headers=admin.headers)
    await me(site, person, 401)
    await me(site, admin)


async def test_rule_17_the_number_of_sessions_is_bounded(fresh: Own) -> None:
    person = await new_person(fresh.services)
    for _ in range(MOST_SESSIONS):
        last = await sign_in_again(fresh.services, person)
    count = "SELECT count(*) FROM session WHERE account_id = :id"
    assert await scalar(fresh.services, count, id=person.id) == MOST_SESSIONS
    await fresh.services.accounts.revocations.settle()
    await me(fresh, person, 401)
    await me(fresh, last)
