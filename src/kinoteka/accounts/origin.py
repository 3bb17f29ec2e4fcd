"""Where a request comes from, as history, sessions and audit keep it."""

from dataclasses import dataclass
from typing import Any

from kinoteka.web.decode import Call

_LONGEST = 300


@dataclass(frozen=True)
class Origin:
    address: str
    user_agent: str
    request_id: str = ""


def origin_of(call: Call[Any]) -> Origin:
    return Origin(call.client, printable(call.headers.get(b"user-agent", b"")), call.request_id)


def printable(header: bytes) -> str:
    """A client writes this: nothing in it may steer a terminal, break a line of a log or fail in the database."""
    text = header.decode("utf-8", "replace")[:_LONGEST]
    return "".join(c if c.isprintable() else "�" for c in text)
