"""Accounts from the command line, with a server running beside it."""

import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import KINOTEKA, PATIENCE, Program, environment, serve

ADMIN, PASSWORD = "+380671112233", "a lantern for the harbour"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    with serve(tmp_path / "data", "--demo") as program:
        yield program


def command(program: Program, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KINOTEKA, *words],
        env=environment(program.data),
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def login(program: Program, phone: str, password: str, status: int = 200) -> dict[str, str]:
    body = {"phone": phone, "password": password}
    answer = httpx.post(f"{program.address}/api/v1/auth/login", json=body, timeout=30)
    assert answer.status_code == status, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def me(program: Program, tokens: dict[str, str], path: str = "/me") -> int:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return httpx.get(f"{program.address}/api/v1{path}", headers=headers, timeout=30).status_code


def test_an_administrator_is_made_disabled_and_given_a_new_password(program: Program) -> None:
    made = command(program, "users", "create-admin", ADMIN, typed=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    assert PASSWORD not in made.stdout + made.stderr
    tokens = login(program, ADMIN, PASSWORD)
    assert me(program, tokens, "/users") == 200
    assert command(program, "users", "disable", ADMIN).returncode == 0
    assert me(program, tokens) == 401
    login(program, ADMIN, PASSWORD, 403)
    assert command(program, "users", "enable", "067 111 22 33").returncode == 0
    new = "another lantern for a harbour"
    assert command(program, "users", "reset-password", ADMIN, typed=f"{new}\n").returncode == 0
    assert me(program, login(program, ADMIN, new), "/roles") == 200


def test_the_demo_s_administrator_is_told_once_and_can_sign_in(program: Program) -> None:
    (password,) = re.findall(r"Administrator \+380441234567, password (\S+): shown this once", program.said())
    tokens = login(program, "+380441234567", password)
    assert me(program, tokens, "/audit") == 200
    assert program.said().count(password) == 1


def test_keys_are_rotated_and_what_was_signed_holds(program: Program) -> None:
    (password,) = re.findall(r"password (\S+): shown", program.said())
    tokens = login(program, "+380441234567", password)
    assert command(program, "keys", "rotate").returncode == 0
    assert len(program.get("/.well-known/jwks.json").json()["keys"]) == 2
    assert me(program, tokens) == 200
    assert command(program, "keys", "rotate", "--at-once").returncode == 0
    assert me(program, tokens) == 401
    refreshed = {"refresh_token": tokens["refresh_token"]}
    again = httpx.post(f"{program.address}/api/v1/auth/refresh", json=refreshed, timeout=30).json()
    assert me(program, again) == 200


def test_mistakes_are_one_sentence(program: Program) -> None:
    for words, typed, said in (
        (("users", "create-admin", "12"), "x", "12: There is no such phone number"),
        (("users", "create-admin", ADMIN), "password1\n", "everybody tries first"),
        (("users", "disable", "+380671119999"), "", "Nobody has this phone number"),
        (("users", "disable", "+380441234567"), "", "last administrator"),
        (("users", "give", "+380441234567", "nobody"), "", "There is no role named nobody"),
        (("roles", "create", "x", "--permission", "films:eat"), "", "There is no permission films:eat"),
        (("roles", "delete", "admin"), "", "built in"),
    ):
        answer = command(program, *words, typed=typed)
        assert answer.returncode == 1, words
        assert said in answer.stderr.replace("\n", " "), answer.stderr
        assert "Traceback" not in answer.stderr


def test_the_secret_key_is_the_owner_s_alone(program: Program) -> None:
    assert stat.S_IMODE((program.data / "secret-key").stat().st_mode) == 0o600


def test_a_server_without_a_secret_key_does_not_start(tmp_path: Path, empty_database_url: str) -> None:
    given = environment(tmp_path / "data", KINOTEKA_DATABASE_URL=empty_database_url)
    del given["KINOTEKA_SECRET_KEY"]
    answer = subprocess.run([*KINOTEKA, "serve"], env=given, capture_output=True, text=True, timeout=PATIENCE)
    assert answer.returncode == 1
    assert "Set KINOTEKA_SECRET_KEY" in answer.stderr
