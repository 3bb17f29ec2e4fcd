"""That the watch over everything written finds what it is there for."""

import pytest
from secrecy import Secrecy, spellings

SECRETS = {
    "password": "seven herons at dusk",
    "phone": "+380 50 123-45-67",
}


@pytest.fixture
def secrecy() -> Secrecy:
    secrecy = Secrecy()
    for name, value in SECRETS.items():
        secrecy.keep(name, value)
    return secrecy


@pytest.mark.parametrize(
    "text",
    [
        "failed for seven herons at dusk",
        '{"phone":"+380501234567"}',
        "/api/v1/users/0501234567",
        "Key (phone)=(380501234567) already exists",
        "bearer eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.e30.AAAA",
        "kr_wqT56HGzTw6dVwprPo0cRAAAAAA5F7zSnCC7N7vkn",
        "$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA",
        "+14155550100, which nobody has told",
    ],
)
def test_what_is_secret_is_found(secrecy: Secrecy, text: str) -> None:
    secrecy.look("a test", f"before {text} after")
    assert secrecy.leaks


def test_what_is_not_is_left(secrecy: Secrecy) -> None:
    secrecy.look("a test", '{"phone":"+380…","request_id":"94b7982a67ad000000006c"} at 2001 herons')
    assert secrecy.leaks == []
    assert secrecy.looked > 50


def test_a_phone_is_one_in_every_spelling() -> None:
    assert spellings("+380501234567") == spellings("050 123 45 67") | {"380501234567"}
    assert spellings("12") == set()


def test_the_digits_of_a_request_id_are_nobodys_number(secrecy: Secrecy) -> None:
    secrecy.keep("phone", "+380500000012")
    secrecy.look("here", '{"request_id":"7a22195dfbc500000012a7"}')
    assert secrecy.leaks == []
    secrecy.look("here", '{"request_id":"7a22195dfbc500000012a7","said":"0500000012"}')
    assert secrecy.leaks
