"""Rules 1 to 5: passwords."""

import unicodedata
from statistics import median
from time import perf_counter

import pytest
from applications import Own
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from people import PASSWORD, execute, new_person, new_phone, scalar, sign_in_again
from signing_in import faults, login, me, register

from kinoteka.accounts.passwords import About, common_passwords, find_weakness, normalize_password
from kinoteka.accounts.phones import mask_phone, normalize_phone

ODD = [
    "пароль із пробілами",
    "𝕌𝕟𝕚𝕔𝕠𝕕𝕖 🎬🎬",
    "        x        ",
    "a\u0301b\u0301c\u0301d\u0301" * 4,
    "ß" * 128,
    "qu\"o'te\\s;--",
]


@pytest.mark.parametrize("password", ODD)
async def test_rule_01_any_characters_are_taken_and_none_is_cut_off(site: Own, password: str) -> None:
    phone = new_phone()
    await register(site, phone, password)
    await login(site, phone, password)
    await login(site, phone, password[:-1], status=401)
    await login(site, phone, password + " ", status=401)


async def test_rule_01_length_is_counted_in_code_points(site: Own) -> None:
    for length, code in ((7, "too_short"), (129, "too_long")):
        response = await register(site, new_phone(), "їжаk🎬xyzw№"[:1] * length, 422)
        assert faults(response) == {"/password": code}
    for length in (8, 128):
        assert find_weakness("ї" * length, 8, About()) is None


async def test_rule_01_the_same_characters_in_another_form_are_the_same_password(site: Own) -> None:
    phone, password = new_phone(), "Київські вечори є тихі"
    decomposed = unicodedata.normalize("NFD", password)
    assert decomposed != password
    await register(site, phone, decomposed)
    await login(site, phone, password)


@given(st.text(min_size=8, max_size=128))
def test_rule_01_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize_password(text)
    assert normalize_password(once) == once


@pytest.mark.parametrize(
    ("password", "more", "code"),
    [
        ("password1", {}, "common_password"),
        ("QWERTYUIOP", {}, "common_password"),
        ("Kinoteka-24", {}, "guessable_password"),
        ("{phone}", {}, "guessable_password"),
        ("{phone}!a", {}, "guessable_password"),
        ("olena.kovalenko1", {"name": "Olena Kovalenko"}, "guessable_password"),
        ("Kovalenko1985", {"name": "Olena Kovalenko"}, "guessable_password"),
    ],
)
async def test_rule_02_what_everybody_would_try_is_refused_with_the_reason(
    site: Own, password: str, more: dict[str, str], code: str
) -> None:
    phone = new_phone()
    response = await register(site, phone, password.format(phone=phone), 422, **more)
    (fault,) = response.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("/password", code)
    assert "choose" in fault["detail"]


def test_rule_02_the_list_holds_the_3000_most_common_that_are_long_enough() -> None:
    assert len(common_passwords()) >= 3000
    assert all(len(password) >= 8 for password in common_passwords())


def test_rule_02_a_long_password_may_hold_a_name() -> None:
    assert find_weakness("kinoteka shows otters at noon", 8, About("+380501234567", "Otto")) is None


async def test_rule_03_argon2id_with_its_parameters_is_stored(shipped: Own) -> None:
    phone = new_phone()
    await register(shipped, phone)
    stored = await scalar(shipped.services, "SELECT password_hash FROM account WHERE phone = :phone", phone=phone)
    assert str(stored).startswith("$argon2id$v=19$m=47104,t=1,p=1$")


async def test_rule_03_a_weaker_hash_is_replaced_at_sign_in(shipped: Own) -> None:
    person = await new_person(shipped.services)
    old = PasswordHasher(time_cost=1, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
    await execute(shipped.services, "UPDATE account SET password_hash = :hash WHERE id = :id", hash=old, id=person.id)
    await login(shipped, person.phone)
    stored = await scalar(shipped.services, "SELECT password_hash FROM account WHERE id = :id", id=person.id)
    assert "m=47104" in str(stored)
    await login(shipped, person.phone)


CHANGES = [
    ("/me/password", {"password": "seven herons at dusk"}, 204),
    ("/me/phone", {"phone": ""}, 200),
]


@pytest.mark.parametrize(("path", "body", "status"), CHANGES)
async def test_rule_04_a_change_takes_the_current_password_and_ends_the_other_sessions(
    site: Own, path: str, body: dict[str, str], status: int
) -> None:
    person = await new_person(site.services)
    other = await sign_in_again(site.services, person)
    body = {**body, **({"phone": new_phone()} if "phone" in body else {})}
    wrong = await site.api.send("PUT", path, 422, json={**body, "current_password": "x"}, headers=person.headers)
    assert faults(wrong) == {"/current_password": "wrong_password"}
    await site.api.send("PUT", path, 422, json=body, headers=person.headers)
    await me(site, other)
    await site.api.send("PUT", path, status, json={**body, "current_password": PASSWORD}, headers=person.headers)
    await me(site, person)
    await me(site, other, 401)
    phone, password = body.get("phone", person.phone), body.get("password", PASSWORD)
    await login(site, phone, password)
    await login(site, person.phone, PASSWORD, status=401)


async def test_rule_04_a_new_password_is_held_against_the_stored_name_and_phone(site: Own) -> None:
    person = await new_person(site.services, name="Olena Kovalenko")
    for password in ("kovalenko99", person.phone):
        body = {"password": password, "current_password": PASSWORD}
        response = await site.api.send("PUT", "/me/password", 422, json=body, headers=person.headers)
        assert faults(response) == {"/password": "guessable_password"}


async def test_rule_05_an_unknown_phone_gets_the_same_answer(site: Own) -> None:
    person = await new_person(site.services)
    known = await login(site, person.phone, "wrong", address="198.51.100.5", status=401)
    unknown = await login(site, new_phone(), "wrong", address="198.51.100.5", status=401)
    unlike = {"trace_id"}
    assert {k: v for k, v in known.json().items() if k not in unlike} == {
        k: v for k, v in unknown.json().items() if k not in unlike
    }
    assert known.headers["www-authenticate"] == unknown.headers["www-authenticate"]


async def test_rule_05_an_unknown_phone_is_hashed_for_too(site: Own) -> None:
    """No timing is asserted but that it takes a hash's time: without one it takes a twentieth of it."""
    hasher = site.services.accounts.hasher
    began = perf_counter()
    assert await hasher.verify(None, PASSWORD) is False
    taken = perf_counter() - began
    times = []
    for _ in range(3):
        began = perf_counter()
        hasher._argon.hash(PASSWORD)
        times.append(perf_counter() - began)
    assert taken > median(times) / 4


async def test_rule_05_a_phone_that_is_taken_is_409(site: Own) -> None:
    person = await new_person(site.services)
    response = await register(site, person.phone, status=409)
    assert "sign in" in response.json()["detail"]
    assert response.json()["errors"] == []


SPELLINGS = ["{0}", "0{1}", "+38 (0{2}) {3}-{4}-{5}", "0038 0{1}", "38{6}", " {0} "]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_every_spelling_of_a_phone_is_one_account(site: Own, spelling: str) -> None:
    person = await new_person(site.services)
    national = person.phone.removeprefix("+380")
    parts = (national[:2], national[2:5], national[5:7], national[7:])
    spelled = spelling.format(person.phone, national, *parts, "0" + national)
    await login(site, spelled)
    await register(site, spelled, status=409)


@pytest.mark.parametrize(
    "text", ["", "abc", "0501", "+380501234567 ext. 5", "1-800-FLOWERS", "+999123456789", "0" * 60]
)
async def test_what_is_no_phone_is_refused(site: Own, text: str) -> None:
    assert "/phone" in faults(await register(site, text, status=422))


@given(st.text(max_size=60))
def test_any_text_is_a_phone_or_a_reason(text: str) -> None:
    try:
        phone = normalize_phone(text, "UA")
    except ValueError:
        return
    assert normalize_phone(phone, "PL") == phone


def test_a_masked_phone_cannot_be_called() -> None:
    assert mask_phone("+380501234567") == "+380…67"
