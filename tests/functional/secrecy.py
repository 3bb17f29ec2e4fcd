"""What must not be written anywhere: every password and phone number that tests of this process used, and every token.

Filled by the clients of `applications.py` and by `people.py`. `conftest.py` has everything looked through that is
logged, counted, traced or answered as an error, and fails the run where something was found.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any

import httpx

_FIELDS = ("phone", "password", "current_password")
_LEAST = 8
"""Characters: a shorter password is a word that stands in many places."""
_LEAST_DIFFERENT = 4
"""Characters: a row of one letter, as tests of lengths send it everywhere, is nobody's password."""
_LOOKS_SECRET = re.compile(r"eyJ[\w-]{20,}\.|\bk[rd]_[\w-]{20,}|\$argon2\w*\$|(?:\+|%2[Bb])\d{9,15}")
_NUMBER = re.compile(r"\d{9,15}")
_REQUEST_ID = re.compile(r"\b[0-9a-f]{22}\b")
"""Its process and a number, with zeros between: digits that are a phone number of the tests now and then."""
_AROUND = 60


@dataclass
class Secrecy:
    """Tokens are known by their looks. `leaks`: where something was found, and what is around it; `looked`: characters
    looked through."""

    passwords: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)
    looked: int = 0

    def keep(self, name: str, value: Any) -> None:
        """`name`: the field that it was sent or answered in."""
        if not isinstance(value, str) or len(value) < _LEAST or len(set(value)) < _LEAST_DIFFERENT:
            return
        if name == "phone":
            self.numbers |= spellings(value)
        else:
            self.passwords.add(value)

    def keep_sent(self, request: httpx.Request) -> None:
        """Those of a JSON object."""
        if request.headers.get("content-type") != "application/json":
            return
        try:
            sent = json.loads(request.content)
        except (ValueError, httpx.RequestNotRead):
            return
        for name in _FIELDS if isinstance(sent, dict) else ():
            self.keep(name, sent.get(name))

    def look(self, place: str, text: str) -> None:
        self.looked += len(text)
        text = _REQUEST_ID.sub("", text)
        found = [match.span() for match in _LOOKS_SECRET.finditer(text)]
        found += [match.span() for match in _NUMBER.finditer(text) if match[0] in self.numbers]
        found += [(at, at + len(secret)) for secret in self.passwords if (at := text.find(secret)) >= 0]
        self.leaks += [f"{place}: …{text[max(0, start - _AROUND) : end + _AROUND]}…" for start, end in found]


def spellings(phone: str) -> set[str]:
    """With and without the country code of Ukraine, in which the tests' phones are."""
    digits = re.sub(r"\D", "", phone)
    own = digits[-9:]
    return {digits, f"0{own}", own} if len(digits) in (10, 12) else {digits} if len(digits) >= 9 else set()


SECRECY = Secrecy()


async def on_request(request: httpx.Request) -> None:
    SECRECY.keep_sent(request)


async def on_response(response: httpx.Response) -> None:
    """An error must not repeat what it was sent, be it wrong."""
    if not response.is_error:
        return
    request, text, own = response.request, (await response.aread()).decode(errors="replace"), Secrecy()
    own.keep_sent(request)
    own.look(f"{request.method} {request.url.path} {response.status_code}", text)
    SECRECY.leaks += own.leaks


class CurrentStderr:
    """Whatever standard error is at the moment: pytest has it caught test by test."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def isatty(self) -> bool:
        return False
