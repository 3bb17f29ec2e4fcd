"""Which passwords are taken: any of 8 to 128 characters that is neither common nor built on what everybody knows."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LONGEST = 128
"""Code points."""
_SERVICE = "kinoteka"
_OWN_PART = 5
"""Characters that must be left when what everybody knows is taken out."""
_SHORTEST_WORD = 3
_SHORTEST_DIGITS = 5


@dataclass(frozen=True)
class About:
    """What is publicly known of the person whose password it is."""

    phone: str | None = None
    name: str | None = None


def normalize_password(text: str) -> str:
    """NFC: the same password typed on another keyboard may come in another form. Nothing else is changed."""
    return unicodedata.normalize("NFC", text)


def find_weakness(password: str, shortest: int, about: About) -> tuple[str, str] | None:
    """Code and reason, or None for a password that is taken; `password` in its normal form."""
    if len(password) < shortest:
        return "too_short", f"Must hold at least {shortest} characters"
    if len(password) > LONGEST:
        return "too_long", f"Must hold at most {LONGEST} characters"
    if password.casefold() in common_passwords():
        return "common_password", "Is one of the passwords that everybody tries first; choose another"
    for what, fragments in _known(about):
        if _is_built_on(password, fragments):
            return "guessable_password", f"Is built on {what}; choose one that nobody can guess"
    return None


@cache
def common_passwords() -> frozenset[str]:
    text = (files("kinoteka.accounts") / "common_passwords.txt").read_text("utf-8")
    return frozenset(line.casefold() for line in text.splitlines() if line)


def _known(about: About) -> Iterator[tuple[str, list[str]]]:
    yield "the name of this service", [_SERVICE]
    if about.name:
        yield "your name", _words(about.name)
    if about.phone:
        yield "your phone number", _digit_runs(about.phone)


def _words(name: str) -> list[str]:
    words = re.findall(r"\w+", name.casefold())
    return [word for word in ("".join(words), *words) if len(word) >= _SHORTEST_WORD]


def _digit_runs(phone: str) -> list[str]:
    """Longest first, so that a whole number goes before its parts."""
    digits = phone.removeprefix("+")
    lengths = range(len(digits), _SHORTEST_DIGITS - 1, -1)
    return [digits[start : start + length] for length in lengths for start in range(len(digits) - length + 1)]


def _is_built_on(password: str, fragments: list[str]) -> bool:
    rest = re.sub(r"[\W_]+", "", password.casefold())
    found = False
    for fragment in fragments:
        if fragment in rest:
            rest, found = rest.replace(fragment, ""), True
    return found and len(rest) < _OWN_PART
