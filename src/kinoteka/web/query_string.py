"""Reads a query string without forgiving anything: what cannot be read is a fault, not a guess."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from kinoteka.errors import Fault

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_SHOWN = 80
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Unicode's category Cc without tab, line feed and carriage return."""

Given = dict[str, list[str]]


def parse_query(query: bytes) -> tuple[Given, list[Fault]]:
    """Values by name, in the order given, and what could not be read: a name may be left without any value."""
    given: Given = {}
    faults: list[Fault] = []
    for name, value in _pairs(query):
        shown = shorten(name.decode(errors="replace"))
        try:
            values = given.setdefault(_text(name), [])
            values.append(_text(value))
        except ValueError as error:
            faults.append(Fault(code="encoding", detail=str(error), parameter=shown))
    return given, faults


def shorten(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _pairs(query: bytes) -> Iterator[tuple[bytes, bytes]]:
    for part in query.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            yield _unescape(name), _unescape(value)


def _unescape(raw: bytes) -> bytes:
    if _BAD_ESCAPE.search(raw):
        return b"\xff"  # never UTF-8: reported with the rest of what cannot be decoded
    return unquote_to_bytes(raw.replace(b"+", b" "))


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ValueError("Must be UTF-8, percent-encoded") from None
    if _CONTROL.search(text):
        raise ValueError("Must hold no control characters")
    return text
