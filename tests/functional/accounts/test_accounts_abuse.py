"""Rules 18 to 21: guessing is slow, owners are never locked out, and nobody takes more than their share."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from applications import Own, application
from hypothesis import given
from hypothesis import strategies as st
from people import PASSWORD, Person, execute, new_person, new_phone, scalar
from signing_in import login, refresh, register
from small_catalogue import index

from kinoteka.accounts.attempts import Allowance, make_counter
from kinoteka.accounts.sign_in import PER_ACCOUNT, PER_DEVICE, PER_PAIR
from kinoteka.bootstrap import Services
from kinoteka.web.client_address import client_address, read_networks
from kinoteka.web.rate_limit import client_key


@pytest.fixture
async def person(site: Own) -> Person:
    return await new_person(site.services)


async def wrong(site: Own, phone: str, **more: Any) -> int:
    return (await login(site, phone, "wrong", status=None, **more)).status_code


async def let_time_pass(site: Own, seconds: float) -> None:
    """For what is counted."""
    moved = "UPDATE attempt_count SET next_at = next_at - make_interval(secs => :s), "
    moved += "expires_at = expires_at - make_interval(secs => :s)"
    await execute(site.services, moved, s=seconds)


async def counted(services: Services, allowance: Allowance, *parts: str | bytes) -> tuple[int, int]:
    """All attempts, and those that were let through."""
    key = make_counter(services.accounts.secrets, allowance, *parts).key
    row = await scalar(services, "SELECT ARRAY[attempts, failures] FROM attempt_count WHERE key = :key", key=key)
    attempts, failures = row  # type: ignore[misc] # an array
    return attempts, failures


async def fail_often(site: Own, phone: str, address: str, times: int) -> None:
    """Each as soon as it may be tried."""
    for _ in range(times):
        await let_time_pass(site, 1000)
        assert await wrong(site, phone, address=address) == 401


async def test_rule_18_delays_grow_and_are_told(site: Own, person: Person) -> None:
    await fail_often(site, person.phone, "203.0.113.1", PER_PAIR.free + 3)
    for expected in (16, 32, 64, 128):
        await fail_often(site, person.phone, "203.0.113.1", 1)
        refused = await login(site, person.phone, PASSWORD, address="203.0.113.1", status=429)
        wait = int(refused.headers["retry-after"])
        assert expected - 10 < wait <= expected
        assert refused.headers["ratelimit"] == f'"sign-in";r=0;t={wait}'
        assert re.fullmatch(r'"sign-in";q=5;w=\d+', refused.headers["ratelimit-policy"])


async def test_rule_18_the_first_failures_cost_no_wait(site: Own, person: Person) -> None:
    codes = [await wrong(site, person.phone, address="203.0.113.41") for _ in range(PER_PAIR.free)]
    assert codes == [401] * PER_PAIR.free


async def test_rule_18_nobody_is_locked_for_ever(site: Own, person: Person) -> None:
    for _ in range(40):
        await wrong(site, person.phone, address="203.0.113.2")
        await let_time_pass(site, 1000)
    assert await wrong(site, person.phone, address="203.0.113.2") in (401, 429)
    refused = await login(site, person.phone, address="203.0.113.2", status=None)
    assert int(refused.headers.get("retry-after", 0)) <= PER_PAIR.longest
    await let_time_pass(site, PER_PAIR.longest)
    await login(site, person.phone, address="203.0.113.2")


async def test_rule_18_who_keeps_knocking_does_not_make_the_wait_longer(site: Own, person: Person) -> None:
    await fail_often(site, person.phone, "203.0.113.3", PER_PAIR.free + 5)
    for _ in range(20):
        assert await wrong(site, person.phone, address="203.0.113.3") == 429
    assert int((await login(site, person.phone, address="203.0.113.3", status=429)).headers["retry-after"]) <= 32


async def test_rule_18_a_known_device_gets_in_whatever_strangers_do(site: Own, person: Person) -> None:
    """Even from the same address; and the device goes on being known."""
    device = (await login(site, person.phone, address="203.0.113.4")).json()["device_token"]
    for number in range(30):
        await wrong(site, person.phone, address=f"192.0.2.{number}")
        await wrong(site, person.phone, address="203.0.113.4")
    await fail_often(site, person.phone, "203.0.113.4", 5)
    assert await wrong(site, person.phone, address="203.0.113.4") == 429
    await login(site, person.phone, address="203.0.113.5", status=429)
    again = (await login(site, person.phone, device=device, address="203.0.113.4")).json()
    await login(site, person.phone, device=again["device_token"], address="203.0.113.99")


async def test_rule_18_a_known_device_has_an_allowance_and_no_more(site: Own, person: Person) -> None:
    """Who steals a device's token may guess five times, then as slowly as everybody."""
    device = (await login(site, person.phone, address="203.0.113.6")).json()["device_token"]
    for _ in range(PER_DEVICE.free + 4):
        await let_time_pass(site, 1000)
        assert await wrong(site, person.phone, device=device) == 401
    assert [await wrong(site, person.phone, device=device, address=f"192.0.2.{n}") for n in range(3)] == [429] * 3
    await login(site, person.phone, address="203.0.113.7")


async def test_rule_18_a_device_is_known_to_its_own_account_only(site: Own, person: Person) -> None:
    mallory = await new_person(site.services)
    device = (await login(site, mallory.phone, address="203.0.113.8")).json()["device_token"]
    for token in (device, device[:-1], device + "A", "kd_x", "", "ї" * 50):
        await wrong(site, person.phone, device=token, address="203.0.113.9")
    attempts, _ = await counted(site.services, PER_PAIR, person.phone, "203.0.113.9")
    assert attempts == 6


async def test_rule_18_one_address_cannot_try_one_password_on_everybody(site: Own) -> None:
    phones = [new_phone() for _ in range(60)]
    codes = Counter([await wrong(site, phone, address="203.0.113.10") for phone in phones])
    assert 50 <= codes[401] <= 53  # a second passes, too
    assert codes[429] == 60 - codes[401]
    assert await wrong(site, phones[-1], address="203.0.113.11") == 401


async def test_rule_18_an_unknown_phone_is_limited_alike(site: Own) -> None:
    phone = new_phone()
    await fail_often(site, phone, "203.0.113.12", PER_PAIR.free + 4)
    assert await wrong(site, phone, address="203.0.113.12") == 429


async def test_rule_18_a_success_takes_nothing_from_what_strangers_did(site: Own, person: Person) -> None:
    for number in range(10):
        await wrong(site, person.phone, address=f"192.0.2.{number}")
    await login(site, person.phone, address="203.0.113.13")
    assert (await counted(site.services, PER_ACCOUNT, person.phone))[1] == 10


async def test_rule_18_the_current_password_cannot_be_guessed_with_a_stolen_token(site: Own, person: Person) -> None:
    body = {"password": "seven herons at dusk", "current_password": "wrong"}
    for _ in range(9):
        await let_time_pass(site, 1000)
        await site.api.send("PUT", "/me/password", 422, json=body, headers=person.headers)
    await site.api.send("PUT", "/me/password", 429, json=body, headers=person.headers)
    await login(site, person.phone)


async def test_rule_19_a_thousand_parallel_wrong_passwords_count_as_a_thousand(fresh: Own, another: Own) -> None:
    """GHSA-7h8m-vrxx-vr4m. Over two processes: exactly the free ones are compared, all the others are refused."""
    person = await new_person(fresh.services)
    await another.services.accounts.ready()
    device = (await login(fresh, person.phone, address="203.0.113.20")).json()["device_token"]

    async def guess(number: int) -> int:
        site = (fresh, another)[number % 2]
        return await wrong(site, person.phone, address=f"198.51.{number // 250}.{number % 250}")

    codes: Counter[int] = Counter()
    for begin in range(0, 1000, 100):
        codes.update(await asyncio.gather(*(guess(number) for number in range(begin, begin + 100))))
    attempts, failures = await counted(fresh.services, PER_ACCOUNT, person.phone)
    lost = codes[503]  # on a machine that is too busy to count in time, nobody is let through either
    assert 1001 - lost <= attempts <= 1001  # the owner's own, too, which was right and was taken back
    assert codes[401] <= failures <= codes[401] + lost
    assert PER_ACCOUNT.free <= failures <= PER_ACCOUNT.free + 12  # time passed: some waits were over
    assert set(codes) <= {401, 429, 503}
    await login(fresh, person.phone, device=device, address="203.0.113.21")


async def test_rule_20_a_stranger_cannot_choose_an_address(fresh: Own) -> None:
    """Without trusted proxies X-Forwarded-For is nothing but a header."""
    settings = fresh.services.settings.model_copy(update={"trusted_proxies": ""})
    async with application(replace(fresh.services, settings=settings)) as site:
        person = await new_person(fresh.services)
        for number in range(PER_PAIR.free + 4):
            await let_time_pass(site, 1000)
            assert await wrong(site, person.phone, address=f"192.0.2.{number}") == 401
        assert await wrong(site, person.phone, address="192.0.2.99") == 429
        logins = (await site.api.get("/me/logins", headers=person.headers)).json()["items"]
        assert {one["address"] for one in logins} == {"127.0.0.1"}


CHAINS = [
    ("203.0.113.1", "9.9.9.9", "203.0.113.1"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
    ("10.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),
    ("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
    ("10.0.0.1", "nonsense, 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
    ("::ffff:10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
    ("fd00::1", "2001:db8::1%eth0", "2001:db8::1"),
    ("a socket", "1.2.3.4", "a socket"),
]


@pytest.mark.parametrize(("peer", "forwarded", "client"), CHAINS)
def test_rule_20_the_chain_is_followed_as_far_as_it_is_trusted(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded.encode(), read_networks("10.0.0.0/8, fd00::/8")) == client


@given(st.text(max_size=50), st.binary(max_size=200))
def test_rule_20_nothing_in_the_chain_breaks_it(peer: str, forwarded: bytes) -> None:
    assert isinstance(client_key(client_address(peer, forwarded, read_networks("0.0.0.0/0,::/0"))), str)


def test_rule_20_all_addresses_of_an_ipv6_subscriber_are_one() -> None:
    assert client_key("2001:db8:1:2:a::1") == client_key("2001:db8:1:2:b::2") != client_key("2001:db8:1:3::1")


@pytest.fixture
async def limited(fresh: Own) -> AsyncIterator[Own]:
    given = {"registrations_per_hour": 3, "searches_per_minute": 4, "exports_per_hour": 2}
    settings = fresh.services.settings.model_copy(update=given)
    accounts = replace(fresh.services.accounts, settings=settings)
    await index(fresh.services)
    async with application(replace(fresh.services, settings=settings, accounts=accounts)) as site:
        yield site


async def test_rule_21_registration_is_limited_by_address(limited: Own) -> None:
    statuses = [201, 201, 201, 429, 429]
    for status in statuses:
        await register(limited, new_phone(), status=status)
    elsewhere = {"X-Forwarded-For": "203.0.113.30"}
    await limited.api.send("POST", "/auth/register", 201, json=account(), headers=elsewhere)


def account() -> dict[str, str]:
    return {"phone": new_phone(), "password": PASSWORD}


async def test_rule_21_refresh_is_limited_by_session(fresh: Own) -> None:
    person = await new_person(fresh.services)
    codes = Counter([(await refresh(fresh, person.refresh_token, None)).status_code for _ in range(122)])
    assert codes == {200: 120, 429: 2}
    other = await new_person(fresh.services)
    await refresh(fresh, other.refresh_token)


@pytest.mark.parametrize("path", ["/search?q=x", "/search/suggest?q=x"])
async def test_rule_21_search_is_limited_by_address_and_says_how_much_is_left(limited: Own, path: str) -> None:
    """Answers from the cache count too."""
    left = []
    for _ in range(4):
        answer = await limited.api.get(path)
        left.append(int(re.findall(r"r=(\d+)", answer.headers["ratelimit"])[0]))
        assert answer.headers["ratelimit-policy"] == '"search";q=4;w=60'
    assert left == [3, 2, 1, 0]
    refused = await limited.api.get(path, 429)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    await limited.api.get(path, headers={"X-Forwarded-For": "203.0.113.31"})


async def test_rule_21_export_is_limited(limited: Own) -> None:
    person = await new_person(limited.services)
    for status in (200, 200, 429):
        await limited.api.get("/films/export", status, headers=person.headers)


async def test_a_storm_beyond_capacity_is_refused_at_once(shipped: Own) -> None:
    """And what was refused for want of room is no failure of whoever tried."""
    people = [await new_person(shipped.services) for _ in range(60)]
    storm = [
        login(shipped, one.phone, address=f"198.51.100.{number}", status=None) for number, one in enumerate(people)
    ]
    codes = Counter(answer.status_code for answer in await asyncio.gather(*storm))
    assert set(codes) == {200, 503}
    assert codes[200] >= shipped.services.settings.password_queue
    failures = await scalar(shipped.services, "SELECT coalesce(sum(failures), 0) FROM attempt_count")
    assert failures == 0
