"""What passes between the server and the process that re-encodes a photo: limits in, three sizes or a refusal out."""

from typing import Final, Literal

import msgspec
from msgspec import Struct

Size = Literal["small", "medium", "large"]
BOXES: Final[dict[Size, tuple[int, int]]] = {"small": (160, 240), "medium": (400, 600), "large": (1000, 1500)}
"""Width and height, in pixels, that a photo is fitted into; it keeps its proportions and is never enlarged."""


class Limits(Struct, frozen=True):
    """`memory`: bytes of address space; `cpu`: seconds."""

    pixels: int
    memory: int
    cpu: int


class Renditions(Struct, frozen=True, tag="done"):
    """WebP by size; `peak`: the most memory, in bytes, that making them took."""

    sizes: dict[Size, bytes]
    peak: int


class Refusal(Struct, frozen=True, tag="refused"):
    """Why it is no photo we take. `code` `unsupported` is a matter of the format, all others of this one image."""

    code: Literal["unsupported", "damaged", "too_large", "animated", "polyglot", "too_complex"]
    detail: str
    peak: int = 0


Verdict = Renditions | Refusal


class RefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def encode_verdict(verdict: Verdict) -> bytes:
    return msgspec.msgpack.encode(verdict)


def decode_verdict(data: bytes) -> Verdict:
    return msgspec.msgpack.decode(data, type=Renditions | Refusal)
