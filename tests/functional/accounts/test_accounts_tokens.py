"""Rules 6 to 10: access tokens; and every attack on them that the world has seen."""

import asyncio
import hmac
import json
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from pathlib import Path
from time import time
from typing import Any
from uuid import uuid4

import pytest
from applications import Own
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from people import PASSWORD, Person, execute, new_person, scalar, sign_in_again
from signing_in import login, me, refresh, register

from kinoteka.accounts import keys
from kinoteka.accounts.secrets import Secrets
from kinoteka.errors import UsageError
from kinoteka.settings import Settings


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = token.split(".")
    return tuple(json.loads(urlsafe_b64decode(part + "==")) for part in (header, claims))  # type: ignore[return-value] # two of them


def b64(value: bytes | dict[str, Any]) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def signed(site: Own, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """By the server's own key, whatever the header says."""
    return jwt.encode(header, claims, site.services.accounts.keyring.signing.private, algorithms=["ES256"])


def forged(site: Own, person: Person, **changes: Any) -> str:
    """By the server's own key; a claim of None is left out."""
    header, claims = parts(person.access_token)
    changed = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return signed(site, header, changed)


@pytest.fixture
async def person(site: Own) -> Person:
    return await new_person(site.services)


async def test_rule_06_another_service_verifies_tokens_by_the_published_keys(site: Own, person: Person) -> None:
    published = (await site.api.get("/.well-known/jwks.json")).json()
    assert all("d" not in key and key["alg"] == "ES256" and key["use"] == "sig" for key in published["keys"])
    decoded = jwt.decode(person.access_token, KeySet.import_key_set(published), algorithms=["ES256"])
    assert decoded.claims["sub"] == str(person.id)


async def test_rule_06_private_keys_are_stored_encrypted(site: Own, person: Person) -> None:
    stored = str(await scalar(site.services, "SELECT private FROM signing_key LIMIT 1"))
    private = site.services.accounts.keyring.signing.private.as_dict(private=True)["d"]
    assert stored.count(".") == 4
    assert private not in stored
    assert "d" not in dict(await scalar(site.services, "SELECT public FROM signing_key LIMIT 1"))  # type: ignore[call-overload] # JSON


async def test_rule_06_with_another_secret_key_old_keys_are_not_used(fresh: Own, tmp_path: Path) -> None:
    """After a restore without the secret everything works; only everybody must sign in again."""
    await fresh.services.accounts.prepare()
    other = Secrets(Settings(data=tmp_path / "other", secret_key="x" * 40))  # type: ignore[arg-type] # a secret text
    async with fresh.services.database.transaction() as connection:
        found = await keys.read_keys(connection, other)
        assert (found.keys, len(found.unreadable)) == ([], 1)
        await keys.ensure_key(connection, other)
        again = await keys.read_keys(connection, other)
    assert len(again.keys) == 1
    assert again.unreadable == found.unreadable


def test_rule_06_the_secret_is_made_in_the_data_folder_or_asked_for(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    first = Secrets(settings).key
    assert Secrets(settings).key == first
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600
    with_server = Settings(data=tmp_path / "none", database_url="postgresql://u@h/d")
    with pytest.raises(UsageError, match="Set KINOTEKA_SECRET_KEY"):
        _ = Secrets(with_server).key
    assert not (tmp_path / "none").exists()


async def test_rule_06_rotation_overlaps(fresh: Own) -> None:
    """The new key is published first and signs later; what the old one signed goes on holding."""
    accounts = fresh.services.accounts
    old = await new_person(fresh.services)
    await me(fresh, old)
    async with fresh.services.database.transaction() as connection:
        kid = await keys.rotate(connection, accounts.secrets, timedelta(minutes=15), False)
    await accounts.revocations.settle()
    assert kid in [key["kid"] for key in (await fresh.api.get("/.well-known/jwks.json")).json()["keys"]]
    soon = await sign_in_again(fresh.services, old)
    assert parts(soon.access_token)[0]["kid"] != kid
    await execute(fresh.services, "UPDATE signing_key SET signs_from = now() WHERE kid = :kid", kid=kid)
    async with fresh.services.database.transaction() as connection:
        accounts.keyring.replace(await keys.read_keys(connection, accounts.secrets))
    new = await sign_in_again(fresh.services, old)
    assert parts(new.access_token)[0]["kid"] == kid
    for one in (old, soon, new):
        await me(fresh, one)


async def test_rule_06_a_key_that_leaked_is_dropped_at_once_and_sessions_go_on(fresh: Own, another: Own) -> None:
    old = await new_person(fresh.services)
    for site in (fresh, another):
        await me(site, old)
    async with fresh.services.database.transaction() as connection:
        await keys.rotate(connection, fresh.services.accounts.secrets, timedelta(minutes=15), True)
    await fresh.services.accounts.revocations.settle()
    await another.services.accounts.revocations.settle()
    for site in (fresh, another):
        await me(site, old, 401)
    renewed = (await refresh(fresh, old.refresh_token)).json()
    await me(another, renewed["access_token"])


NONES = ["none", "None", "NONE", "nOnE", "none ", "", "HS256"]


@pytest.mark.parametrize("algorithm", NONES)
async def test_rule_07_a_token_without_signature_is_refused(site: Own, person: Person, algorithm: str) -> None:
    header, claims = parts(person.access_token)
    for ending in ("", person.access_token.split(".")[2]):
        await me(site, f"{b64({**header, 'alg': algorithm})}.{b64(claims)}.{ending}", 401)


async def test_rule_07_hs256_with_the_public_key_as_secret_is_refused(site: Own, person: Person) -> None:
    header, claims = parts(person.access_token)
    public = site.services.accounts.keyring.signing.public
    for secret in (public.as_pem(private=False), json.dumps(public.as_dict(private=False)).encode()):
        await me(site, with_hmac({**header, "alg": "HS256"}, claims, secret), 401)


def with_hmac(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    body = f"{b64(header)}.{b64(claims)}"
    return f"{body}.{b64(hmac.digest(secret, body.encode(), 'sha256'))}"


@pytest.mark.parametrize("header", ["jwk", "jku", "x5u", "x5c", "kid"])
async def test_rule_07_a_key_that_the_token_brings_or_names_is_not_looked_at(
    site: Own, person: Person, header: str
) -> None:
    mine = ECKey.generate_key("P-256", private=True)
    given, claims = parts(person.access_token)
    value: Any = {
        "jwk": mine.as_dict(private=False),
        "jku": "http://127.0.0.1:1/jwks.json",
        "x5u": "http://127.0.0.1:1/cert.pem",
        "x5c": ["MIIB"],
        "kid": mine.thumbprint(),
    }[header]
    head = {**given, header: value}
    body = f"{b64(head)}.{b64(claims)}"
    own = jwt.encode(given, claims, mine, algorithms=["ES256"])
    await me(site, f"{body}.{own.split('.')[2]}", 401)


KIDS: list[Any] = [
    "../../../../dev/null",
    "/etc/passwd",
    "' OR 1=1 --",
    "\x00",
    "",
    None,
    7,
    {"a": 1},
    ["x"],
    "k" * 3000,
]


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
async def test_rule_07_a_kid_that_is_no_key_of_ours_is_refused(site: Own, person: Person, kid: Any) -> None:
    given, claims = parts(person.access_token)
    await me(site, with_hmac({**given, "alg": "HS256", "kid": kid}, claims, b""), 401)
    await me(site, f"{b64({**given, 'kid': kid})}.{b64(claims)}.{person.access_token.split('.')[2]}", 401)


async def test_rule_07_every_byte_is_signed(site: Own, person: Person) -> None:
    header, claims, signature = person.access_token.split(".")
    admin = b64({**parts(person.access_token)[1], "sub": str(uuid4())})
    for token in (
        f"{header}.{admin}.{signature}",
        f"{header}.{claims}.{signature[:-8]}",
        f"{header}.{claims}.{b64(bytes(64))}",
        f"{header}.{claims}",
        f"{header}.{claims}.{signature}.{signature}",
        person.access_token[:80],
    ):
        await me(site, token, 401)


GARBAGE = ["x", "..", "a.b.c", "....", "eyJ.eyJ.eyJ", "ї", "a" * 10_000, "[" * 3000]


@pytest.mark.parametrize("token", GARBAGE, ids=range(len(GARBAGE)))
async def test_rule_07_garbage_is_refused(site: Own, token: str) -> None:
    response = await site.api.get("/me", 401, headers={"Authorization": f"Bearer {token}".encode()})
    assert response.headers["www-authenticate"] == 'Bearer realm="kinoteka", error="invalid_token"'


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "bearer", "Token x"])
async def test_rule_07_other_schemes_are_refused(site: Own, header: str) -> None:
    await site.api.get("/me", 401, headers={"Authorization": header})


async def test_rule_07_without_a_token_no_reason_is_told(site: Own) -> None:
    assert (await site.api.get("/me", 401)).headers["www-authenticate"] == 'Bearer realm="kinoteka"'


@pytest.mark.parametrize("typ", ["JWT", "jwt", None, "at+JWT ", "refresh"])
async def test_rule_08_the_type_is_checked(site: Own, person: Person, typ: str | None) -> None:
    header, claims = parts(person.access_token)
    assert header["typ"] == "at+jwt"
    changed = {name: value for name, value in {**header, "typ": typ}.items() if value is not None}
    await me(site, signed(site, changed, claims), 401)


async def test_rule_08_a_critical_header_that_we_do_not_know_is_refused(site: Own, person: Person) -> None:
    header, claims = parts(person.access_token)
    body = f"{b64({**header, 'crit': ['exp']})}.{b64(claims)}"
    await me(site, f"{body}.{person.access_token.split('.')[2]}", 401)


async def test_rule_08_expired(site: Own, person: Person) -> None:
    await me(site, forged(site, person, exp=int(time()) - 6), 401)


async def test_rule_08_not_yet_valid(site: Own, person: Person) -> None:
    await me(site, forged(site, person, nbf=int(time()) + 60), 401)
    await me(site, forged(site, person, iat=int(time()) + 60), 401)


async def test_rule_08_of_another_issuer(site: Own, person: Person) -> None:
    await me(site, forged(site, person, iss="https://evil.example"), 401)


async def test_rule_08_for_another_audience(site: Own, person: Person) -> None:
    await me(site, forged(site, person, aud="somebody-else"), 401)
    await me(site, forged(site, person, aud=["kinoteka", "somebody-else"]), 401)


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub", "sid"])
async def test_rule_08_a_claim_that_is_missing_or_strange(site: Own, person: Person, claim: str) -> None:
    await me(site, forged(site, person), 200)
    for value in (None, "x", 7.5, True, {}, "9" * 5000):
        changed = forged(site, person, **{claim: value})
        await me(site, changed, 401)


async def test_rule_08_life_is_short_and_never_longer_than_the_session(site: Own, fresh: Own) -> None:
    assert Settings().access_token_seconds == 900
    dying = await new_person(fresh.services)
    await execute(
        fresh.services, "UPDATE session SET expires_at = now() + interval '40 s' WHERE id = :id", id=dying.session_id
    )
    renewed = (await refresh(fresh, dying.refresh_token)).json()
    assert renewed["expires_in"] <= 40
    claims = parts(renewed["access_token"])[1]
    assert claims["exp"] - claims["iat"] <= 40


async def test_rule_08_a_refresh_token_is_no_access_token(site: Own, person: Person) -> None:
    await me(site, person.refresh_token, 401)


async def test_rule_08_an_access_token_is_no_refresh_token(site: Own, person: Person) -> None:
    await refresh(site, person.access_token, 401)


async def test_rule_08_a_token_that_was_signed_out(site: Own, person: Person) -> None:
    await site.api.send("POST", "/auth/logout", 204, headers=person.headers)
    await me(site, person, 401)
    await refresh(site, person.refresh_token, 401)


async def test_rule_08_a_token_of_a_disabled_user(site: Own, person: Person) -> None:
    admin = await new_person(site.services, admin=True)
    await site.api.send("PATCH", f"/users/{person.id}", 200, json={"active": False}, headers=admin.headers)
    await me(site, person, 401)
    await refresh(site, person.refresh_token, 401)


async def test_rule_09_the_subject_is_the_id_and_a_phone_that_changes_hands_takes_nothing_along(site: Own) -> None:
    first = await new_person(site.services)
    assert parts(first.access_token)[1]["sub"] == str(first.id)
    moved = f"+38067{first.phone[-7:]}"
    body = {"phone": moved, "current_password": PASSWORD}
    await site.api.send("PUT", "/me/phone", 200, json=body, headers=first.headers)
    await register(site, first.phone, "seven herons at dusk")
    second = (await login(site, first.phone, "seven herons at dusk")).json()
    mine = (await me(site, first)).json()
    theirs = (await me(site, second["access_token"])).json()
    assert (mine["id"], mine["phone"]) == (str(first.id), moved)
    assert theirs["id"] != mine["id"]
    assert (await refresh(site, first.refresh_token)).status_code == 200


async def test_rule_10_a_role_that_is_taken_away_is_gone_at_once(fresh: Own, another: Own) -> None:
    """In every process, with the same token; and the token says nothing of permissions."""
    reader = await new_person(fresh.services, "users:read")
    admin = await new_person(fresh.services, admin=True)
    assert set(parts(reader.access_token)[1]) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    for site in (fresh, another):
        await site.api.get("/users", headers=reader.headers)
    (role,) = (await fresh.api.get(f"/users/{reader.id}", headers=admin.headers)).json()["roles"]
    await fresh.api.send("DELETE", f"/users/{reader.id}/roles/{role['id']}", 204, headers=admin.headers)
    for site in (another, fresh):
        await site.api.get("/users", 403, headers=reader.headers)


async def test_rule_10_a_permission_that_is_given_holds_at_once(fresh: Own, another: Own) -> None:
    person, admin = await new_person(fresh.services), await new_person(fresh.services, admin=True)
    await another.api.get("/users", 403, headers=person.headers)
    body = {"name": "reader", "permissions": ["users:read"]}
    role = (await fresh.api.send("POST", "/roles", 201, json=body, headers=admin.headers)).json()
    await fresh.api.send("PUT", f"/users/{person.id}/roles/{role['id']}", 204, headers=admin.headers)
    await another.api.get("/users", headers=person.headers)
    await fresh.api.send("PATCH", f"/roles/{role['id']}", 200, json={"permissions": []}, headers=admin.headers)
    await another.api.get("/users", 403, headers=person.headers)


async def test_the_first_requests_of_a_process_may_come_all_at_once(fresh: Own, another: Own) -> None:
    """None is turned away because the others make the process ready."""
    person = await new_person(fresh.services)
    answers = await asyncio.gather(*(another.api.send("GET", "/me", headers=person.headers) for _ in range(100)))
    assert {answer.status_code for answer in answers} == {200}
