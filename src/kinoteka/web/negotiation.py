"""Accept, Accept-Encoding and If-None-Match (RFC 9110). Clients send few distinct values: results are remembered."""

from functools import lru_cache
from typing import Literal

Coding = Literal["", "gzip", "zstd"]
"""A content coding; empty is identity."""
SERVER_ORDER: tuple[Coding, ...] = ("zstd", "gzip")


@lru_cache(256)
def choose_media_type(accept: bytes, offered: tuple[bytes, ...]) -> bytes | None:
    """The offered type with the highest weight, the first among equals; None when the client takes none of them."""
    if not accept.strip():
        return offered[0]
    ranges = _weights(accept)
    best = max(offered, key=lambda kind: _media_weight(kind, ranges))
    return best if _media_weight(best, ranges) > 0 else None


def _media_weight(kind: bytes, ranges: dict[bytes, float]) -> float:
    for candidate in (kind, kind.partition(b"/")[0] + b"/*", b"*/*"):
        if candidate in ranges:
            return ranges[candidate]
    return 0


@lru_cache(256)
def choose_coding(accept_encoding: bytes) -> Coding:
    """The highest weight wins, ours first among equals; identity when nothing else is welcome."""
    weights = _weights(accept_encoding)
    best: Coding = max(SERVER_ORDER, key=lambda coding: _coding_weight(coding, weights))
    weight = _coding_weight(best, weights)
    return best if weight > 0 and weight >= weights.get(b"identity", 0) else ""


def _coding_weight(coding: Coding, weights: dict[bytes, float]) -> float:
    return weights.get(coding.encode(), weights.get(b"*", 0))


def _weights(header: bytes) -> dict[bytes, float]:
    """Value (without parameters, lower case) to q; a q that cannot be read counts as 0."""
    parts = [part.split(b";") for part in header.lower().split(b",") if part.strip()]
    return {values[0].strip(): _quality(values[1:]) for values in reversed(parts)}


def _quality(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return min(max(float(value), 0), 1)
            except ValueError:
                return 0
    return 1


def matches(if_none_match: bytes, etag: bytes) -> bool:
    """Weak comparison with each member of the list; `etag` with its quotes."""
    if if_none_match == etag or if_none_match.strip() == b"*":
        return True
    return any(member.strip().removeprefix(b"W/") == etag for member in if_none_match.split(b","))
