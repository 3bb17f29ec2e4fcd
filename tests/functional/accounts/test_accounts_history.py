"""Rule 22: the history of sign-ins."""

from datetime import UTC, datetime, timedelta

from applications import Own
from people import execute, new_person, new_phone, scalar
from signing_in import login

from kinoteka.accounts import housekeeping, partitions


async def test_rule_22_success_and_failure_with_time_address_agent_and_reason(site: Own) -> None:
    person = await new_person(site.services)
    agent = {"User-Agent": "Kino/1.0 \x1b[31mred\x1b[0m\tfilm", "X-Forwarded-For": "203.0.113.77"}
    body = {"phone": person.phone, "password": "wrong"}
    await site.api.send("POST", "/auth/login", 401, json=body, headers=agent)
    session = (await login(site, person.phone, address="2001:db8::9")).json()
    headers = {"Authorization": f"Bearer {session['access_token']}"}
    success, failure = (await site.api.get("/me/logins", headers=headers)).json()["items"]
    assert (success["success"], success["reason"], success["address"]) == (True, "signed_in", "2001:db8::9")
    assert success["session_id"] is not None
    assert (failure["success"], failure["reason"], failure["address"]) == (False, "wrong_password", "203.0.113.77")
    assert failure["session_id"] is None
    assert "\x1b" not in failure["user_agent"]
    assert failure["user_agent"].startswith("Kino/1.0 ")
    moment = datetime.fromisoformat(failure["at"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)


async def test_rule_22_the_history_is_paged_and_one_s_own(site: Own) -> None:
    person, other = await new_person(site.services), await new_person(site.services)
    for number in range(5):
        await login(site, person.phone, "wrong", status=401, address=f"203.0.113.{number}")
    await login(site, other.phone, "wrong", status=401)
    seen: list[str] = []
    path = "/me/logins?page_size=2"
    while True:
        page = (await site.api.get(path, headers=person.headers)).json()
        seen += [one["address"] for one in page["items"]]
        assert page["total"] == 5
        if page["cursor"] is None:
            break
        path = f"/me/logins?page_size=2&cursor={page['cursor']}"
    assert seen == [f"203.0.113.{number}" for number in reversed(range(5))]
    third = (await site.api.get("/me/logins?page_size=2&page=3", headers=person.headers)).json()
    assert [one["address"] for one in third["items"]] == ["203.0.113.0"]
    await site.api.get("/me/logins?page_size=101", 422, headers=person.headers)
    await site.api.get("/me/logins?cursor=x", 422, headers=person.headers)


async def test_rule_22_an_unknown_phone_is_recorded_without_an_account(site: Own) -> None:
    await login(site, new_phone(), "x", status=401, address="203.0.113.250")
    query = "SELECT reason FROM sign_in WHERE address = '203.0.113.250' AND account_id IS NULL"
    assert await scalar(site.services, query) == "unknown_phone"


async def test_rule_22_months_are_made_ahead_and_dropped_whole(fresh: Own) -> None:
    database, settings = fresh.services.database, fresh.services.settings
    person = await new_person(fresh.services)
    past = datetime.now(UTC) - timedelta(days=800)
    async with database.transaction() as connection:
        await partitions.ensure_partitions(connection, past)
    old = "INSERT INTO sign_in (at, account_id, success, reason, address, user_agent) "
    old += "VALUES (:at, :id, true, 'signed_in', '192.0.2.1', 'x')"
    for days in (800, 500, 10):
        await execute(fresh.services, old, at=datetime.now(UTC) - timedelta(days=days), id=person.id)
    assert await housekeeping.sweep(settings, database)
    assert await scalar(fresh.services, "SELECT count(*) FROM sign_in") == 1
    async with database.transaction() as connection:
        names = await partitions.list_partitions(connection)
    assert names[0] >= f"sign_in_{datetime.now(UTC) - timedelta(days=397):%Y_%m}"
    assert names[-1] >= f"sign_in_{datetime.now(UTC) + timedelta(days=300):%Y_%m}"
    assert len((await fresh.api.get("/me/logins", headers=person.headers)).json()["items"]) == 1


async def test_rule_22_retention_hides_what_is_past_it_before_its_month_is_dropped(fresh: Own) -> None:
    person = await new_person(fresh.services)
    async with fresh.services.database.transaction() as connection:
        await partitions.ensure_partitions(connection, datetime.now(UTC) - timedelta(days=366))
    old = "INSERT INTO sign_in (at, account_id, success, reason, address, user_agent) "
    old += "VALUES (now() - interval '365 days 1 hour', :id, true, 'signed_in', '192.0.2.1', 'x')"
    await execute(fresh.services, old, id=person.id)
    assert (await fresh.api.get("/me/logins", headers=person.headers)).json()["items"] == []


async def test_housekeeping_forgets_what_is_over(fresh: Own) -> None:
    person = await new_person(fresh.services)
    await fresh.api.send("POST", "/auth/logout", 204, headers=person.headers)
    await login(fresh, person.phone, "wrong", status=401)
    for table, column in (("revoked_session", "until"), ("attempt_count", "expires_at")):
        await execute(fresh.services, f"UPDATE {table} SET {column} = now() - interval '1 s'")
    assert await housekeeping.sweep(fresh.services.settings, fresh.services.database)
    for table in ("revoked_session", "attempt_count"):
        assert await scalar(fresh.services, f"SELECT count(*) FROM {table}") == 0
