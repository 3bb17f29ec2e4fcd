"""Rules 27 and 28: what is written down, and what is not said."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from applications import Own, application
from people import PASSWORD, execute, new_person, new_phone
from signing_in import login, me, refresh, register

from kinoteka.bootstrap import Services
from kinoteka.settings import Settings
from kinoteka.web import access
from kinoteka.web import logging as web_logging
from kinoteka.web.redaction import redact

FORMATS = ["json", "console"]


@pytest.fixture(params=FORMATS)
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged in the block, access records too, as the program would write it."""
    stream = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    before = structlog.get_config()
    settings = Settings(log_format=request.param, log_level="debug")
    structlog.reset_defaults()
    web_logging.configure(settings, stream)
    structlog.configure(cache_logger_on_first_use=False)
    monkeypatch.setattr(access.sys, "stderr", stream)
    try:
        yield stream
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


async def live(site: Own, services: Services) -> list[str]:
    """A day in the life of accounts, with every kind of failure; the secrets that were sent or given."""
    phone, other = new_phone(), new_phone()
    secret = "quiet badgers by the river"
    await register(site, phone, secret)
    await register(site, phone, secret, 409)
    await register(site, phone, "password1", 422)
    await login(site, phone, "a wrong guess 4711", status=401)
    await login(site, other, "a wrong guess 4711", status=401)
    tokens = (await login(site, phone, secret)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    new = "silver foxes under snow"
    body = {"password": new, "current_password": secret}
    await site.api.send("PUT", "/me/password", 204, json=body, headers=headers)
    await site.api.send("PUT", "/me/phone", 200, json={"phone": other, "current_password": new}, headers=headers)
    await site.api.get(f"/users?phone={other.replace('+', '%2B')}&token={tokens['access_token']}", 403, headers=headers)
    await site.api.get(f"/films?phone={other.replace('+', '%2B')}&token={tokens['refresh_token']}", 422)
    await site.api.client.get(f"/api/v1/users/{other}/{tokens['refresh_token']}")
    renewed = (await refresh(site, tokens["refresh_token"])).json()
    third = (await refresh(site, renewed["refresh_token"])).json()
    await refresh(site, tokens["refresh_token"], 401)
    await me(site, third["access_token"], 401)
    await broken(site, services, other, new)
    secrets = [secret, new, "a wrong guess 4711", phone, other, phone[1:], other[1:], phone[3:], other[3:]]
    for answer in (tokens, renewed, third):
        secrets += [value for name, value in answer.items() if name.endswith("_token")]
    return secrets


async def broken(site: Own, services: Services, phone: str, password: str) -> None:
    """A fault of the server in the middle of signing in."""
    await execute(services, "ALTER TABLE sign_in RENAME TO gone")
    answer = await login(site, phone, password, status=500)
    await execute(services, "ALTER TABLE gone RENAME TO sign_in")
    problem = answer.json()
    assert problem["detail"] == "Something went wrong on the server; its log holds more under this trace id."
    assert not any(word in answer.text for word in ("sign_in", "SELECT", "INSERT", "Traceback", "asyncpg", "kinoteka/"))


async def test_rule_27_nothing_secret_is_written_anywhere(fresh: Own, written: io.StringIO) -> None:
    async with application(fresh.services) as site:
        secrets = await live(site, fresh.services)
        metrics = (await site.api.client.get("/metrics")).text
        await asyncio.sleep(0.5)  # until access records are written
    text = written.getvalue() + metrics
    assert len(text.splitlines()) > 10
    assert [secret for secret in secrets if secret in text] == []
    assert "ProgrammingError" in text
    assert "/api/v1/auth/login" in text
    assert "$argon2" not in text


async def test_rule_27_every_attempt_and_every_denial_is_written_with_who_when_where(
    fresh: Own, written: io.StringIO, request: pytest.FixtureRequest
) -> None:
    if request.node.callspec.params["written"] == "console":
        return
    async with application(fresh.services) as site:
        person = await new_person(fresh.services)
        await login(site, person.phone, "wrong", status=401, address="203.0.113.41")
        await site.api.get("/users", 403, headers={**person.headers, "X-Forwarded-For": "203.0.113.42"})
        await site.api.get("/me", 401, headers={"X-Forwarded-For": "203.0.113.43"})
    records = [json.loads(line) for line in written.getvalue().splitlines()]
    attempt = found(records, "sign-in", "203.0.113.41")
    assert (attempt["reason"], attempt["user_id"]) == ("wrong_password", str(person.id))
    assert attempt["phone"].startswith("+380…")
    assert found(records, "denied", "203.0.113.42")["user_id"] == str(person.id)
    assert found(records, "denied", "203.0.113.43")["status"] == 401
    assert all(record["timestamp"] and record["level"] for record in records)


def found(records: list[dict[str, Any]], event: str, client: str) -> dict[str, Any]:
    (record,) = [one for one in records if one["event"] == event and one["client"] == client]
    return record


async def test_rule_27_nobody_writes_lines_of_his_own_into_the_log(fresh: Own, written: io.StringIO) -> None:
    async with application(fresh.services) as site:
        person = await new_person(fresh.services, name="Olena")
        evil = b'x\t{"level":"info","event":"sign-in","reason":"signed_in"} \x1b[2J \xe2\x80\xa8 forged'
        body = {"phone": person.phone, "password": "wrong"}
        await site.api.send("POST", "/auth/login", 401, json=body, headers={"User-Agent": evil})
        await site.api.client.get("/api/v1/users/%0A%0Dforged%1B[2J", headers=person.headers)
    text = written.getvalue()
    assert "\x1b[2J" not in text
    assert "\u2028" not in text
    for line in text.splitlines():
        assert not line.startswith(("forged", '{"level":"info","event":"sign-in","reason":"signed_in"}'))


async def test_rule_28_a_fault_tells_nothing(fresh: Own) -> None:
    person = await new_person(fresh.services)
    await broken(fresh, fresh.services, person.phone, PASSWORD)
    await execute(fresh.services, "ALTER TABLE account RENAME TO gone")
    answer = await fresh.api.get("/me", 500, headers=person.headers)
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "errors", "trace_id"}
    assert "server" not in answer.headers


SECRETS = [
    "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl",
    "kr_wqT56HGzTw6dVwprPo0cRAAAAAA5F7zSnCC7N7vkn",
    "kd_AAAAAGkl4vBxSxSxSxSxSxSxSxSxSxSxSxSxSx",
    "+380501234567",
    "%2B380501234567",
    "0501234567",
    "$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "x={}&y=1", "failed: '{}'", '{{"k": "{}"}}', " {} "])
def test_rule_27_what_looks_like_a_secret_is_taken_out(secret: str, around: str) -> None:
    text = around.format(secret)
    if secret[0] == "0" and around == "{}":
        return  # nothing around it tells it from any number
    assert secret not in redact(text)


def test_rule_27_what_is_none_is_left() -> None:
    for text in (
        "/api/v1/films/0190d3a2-7c1e-7b43-9f4e-0d8f3c1a2b3c",
        "q=space+odyssey+2001",
        "votes=1234567 at 12:00",
    ):
        assert redact(text) == text
