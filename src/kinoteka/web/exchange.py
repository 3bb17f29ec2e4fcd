"""One request on its way: its id, its headers, and what the access record says of it afterwards."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import Any, Literal

from kinoteka.web.answer import JSON, Header
from kinoteka.web.client_address import Network, client_address
from kinoteka.web.negotiation import Coding, choose_coding, choose_media_type
from kinoteka.web.shared_level import Look

SCOPE_KEY = "kinoteka.exchange"
TRACE_KEY = "kinoteka.trace_id"
"""Of the scope of a traced request: the trace's id, 32 hexadecimal digits."""
CacheResult = Literal["-", "l1", "l2", "miss", "stale"]
"""l1: from this process's memory, l2: from what processes share."""

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_PROCESS = os.urandom(6).hex()
_NUMBERS = count()


@dataclass(slots=True)
class Exchange:
    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    """By lower-case name; values of a name that came twice are joined by a comma."""
    request_id: str
    """The client's own, else the trace's, else one of ours."""
    client: str = ""
    trace_id: str = ""
    """Empty when the request is not traced."""
    started: float = field(default_factory=perf_counter)
    route: str = ""
    """The path template; empty when no route was found."""
    status: int = 0
    sent_bytes: int = 0
    cache: CacheResult = "-"
    look: Look | None = None
    """What the shared level said already, in front of routing."""
    extra: tuple[Header, ...] = ()
    """Headers that belong to this request, whatever is answered."""

    @property
    def coding(self) -> Coding:
        return choose_coding(self.headers.get(b"accept-encoding", b""))

    @property
    def takes_json(self) -> bool:
        return choose_media_type(self.headers.get(b"accept", b""), (JSON,)) is not None


def open_exchange(scope: Mapping[str, Any], proxies: tuple[Network, ...] = ()) -> Exchange:
    """`proxies`: those whose X-Forwarded-For is believed."""
    headers = _fold(scope["headers"])
    client = scope.get("client")
    trace_id = scope.get(TRACE_KEY, "")
    address = client[0] if client else ""
    if proxies:
        address = client_address(address, headers.get(b"x-forwarded-for", b""), proxies)
    return Exchange(
        scope["method"],
        scope["path"],
        scope["query_string"],
        headers,
        _request_id(headers.get(b"x-request-id"), trace_id),
        address,
        trace_id,
    )


def _request_id(given: bytes | None, trace_id: str) -> str:
    if given is not None and _SANE_ID.fullmatch(given):
        return given.decode()
    return trace_id or f"{_PROCESS}{next(_NUMBERS):010x}"


def _fold(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers = dict(pairs)
    if len(headers) == len(pairs):
        return headers
    folded: dict[bytes, bytes] = {}
    for name, value in pairs:
        folded[name] = folded[name] + b", " + value if name in folded else value
    return folded
