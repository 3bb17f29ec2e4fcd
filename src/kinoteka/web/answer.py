"""What a route gives back, before it becomes ASGI messages."""

from collections.abc import AsyncGenerator, Callable

from msgspec import Struct
from msgspec.json import encode
from xxhash import xxh3_128_hexdigest

from kinoteka.web.security import NOTHING_LOADS

JSON = b"application/json"
PUBLIC = b"public, no-cache"
"""May be stored anywhere and is asked for again, with If-None-Match, each time: never older than the index."""
NO_STORE = b"no-store"
"""Must not be kept, so there is no ETag either."""
PERSONAL = b"private, no-store"
"""Somebody's own."""
PRIVATE = b"private, no-cache"
"""The same for everybody who is signed in, and for nobody else."""
IMMUTABLE, IMMUTABLE_PRIVATE = b"public, max-age=31536000, immutable", b"private, max-age=31536000, immutable"
"""Of addresses that change with what is there (RFC 8246)."""

Header = tuple[bytes, bytes]


class Answer(Struct, frozen=True):
    """A whole body. `version` is the row version that a write compares, 0 for lists."""

    body: bytes
    version: int = 0
    headers: tuple[Header, ...] = ()
    status: int = 200
    media_type: bytes = JSON
    cache_control: bytes = PUBLIC
    policy: bytes = NOTHING_LOADS
    """Content-Security-Policy."""
    is_packed: bool = False
    """Compressed in itself, as images are."""

    @property
    def tag(self) -> bytes:
        """Of the ETag, without quotes and coding: equal in every process for equal content.

        XXH3 keeps no secret and need not: whoever could make two bodies of one digest writes both of them. BLAKE2
        took a tenth of a list's time.
        """
        return b"%d.%s" % (self.version, xxh3_128_hexdigest(self.body)[:24].encode())


class Stream(Struct, frozen=True):
    """A body of unknown length, sent as it is made."""

    chunks: Callable[[], AsyncGenerator[bytes]]
    media_type: bytes
    headers: tuple[Header, ...] = ()
    cache_control: bytes = NO_STORE


def answer_json(value: object, *headers: Header, version: int = 0, cache_control: bytes = PUBLIC) -> Answer:
    return Answer(encode(value), version, headers, cache_control=cache_control)


def answer_personal(value: object, *headers: Header, status: int = 200) -> Answer:
    return Answer(encode(value), headers=headers, status=status, cache_control=PERSONAL)


def answer_created(value: object, location: str) -> Answer:
    return answer_personal(value, (b"location", location.encode()), status=201)


def answer_nothing() -> Answer:
    """204."""
    return Answer(b"", status=204, cache_control=PERSONAL)
