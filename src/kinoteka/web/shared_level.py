"""The second level of the response cache: answers that all processes share, as they go over the wire."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder

from kinoteka.cache.port import Answers, Tokens
from kinoteka.web.answer import Answer, Header
from kinoteka.web.negotiation import Coding
from kinoteka.web.rendered import Rendered

LAYOUT = 2
"""Raised when `Frame`, or what it holds, changes its meaning."""


class Frame(Struct, frozen=True, array_like=True):
    """`known_good` and `expires`: seconds since 1970, for every host has a monotonic clock of its own."""

    mark: bytes
    known_good: float
    expires: float
    tag: bytes
    coding: Coding
    media_type: bytes
    cache_control: bytes
    policy: bytes
    headers: tuple[Header, ...]
    body: bytes


_encode = Encoder().encode
_decode = Decoder(Frame).decode


@dataclass(frozen=True, slots=True)
class Shared:
    """`age`: seconds since it was last known to be good, `lasts`: seconds until it expires."""

    rendered: Rendered
    mark: bytes
    age: float
    lasts: float
    is_good: bool


@dataclass(frozen=True, slots=True)
class Look:
    """That the shared level was asked, and what it had, good or not."""

    found: Shared | None


class SharedLevel:
    """`release`: what else decides how an answer looks; releases beside each other never read each other's."""

    def __init__(
        self, answers: Answers, tokens: Tokens, release: bytes, clock: Callable[[], float] = time.time
    ) -> None:
        self._answers = answers
        self._tokens = tokens
        self._release = blake2b(b"%d %s" % (LAYOUT, release), digest_size=8).digest()
        self._clock = clock

    async def claim(self, key: bytes) -> bool:
        return await self._answers.claim(self._release + key)

    def release(self, key: bytes) -> None:
        self._answers.release(self._release + key)

    async def look(self, key: bytes, coding: Coding, names: tuple[str, ...]) -> Look:
        """While blind nobody is asked: whether an answer of another process is good could not be told."""
        if self._tokens.is_blind:
            return Look(None)
        found = await self._find(key, coding, names)
        if coding and (found is None or not found.is_good):
            plain = await self._find(key, "", names)  # newer, where it was made for somebody with another coding
            found = plain if found is None or (plain is not None and plain.is_good) else found
        return Look(found)

    def keep(self, key: bytes, coding: Coding, rendered: Rendered, mark: bytes, lasts: float) -> None:
        """`mark`: taken before the engine was asked."""
        now = self._clock()
        variant, answer = rendered.variant(coding), rendered.answer
        frame = Frame(
            mark,
            now,
            now + lasts,
            rendered.tag,
            variant.coding,
            answer.media_type,
            answer.cache_control,
            answer.policy,
            answer.headers,
            variant.body,
        )
        self._answers.keep(self._coded(key, coding), _encode(frame), lasts)

    async def _find(self, key: bytes, coding: Coding, names: tuple[str, ...]) -> Shared | None:
        data = await self._answers.find(self._coded(key, coding))
        return self._read(data, names) if data is not None else None

    def _read(self, data: bytes, names: tuple[str, ...]) -> Shared | None:
        try:
            frame = _decode(data)
        except (DecodeError, ValidationError):
            return None
        answer = Answer(
            frame.body,
            headers=frame.headers,
            media_type=frame.media_type,
            cache_control=frame.cache_control,
            policy=frame.policy,
        )
        now = self._clock()
        is_good = now < frame.expires and self._tokens.holds(names, frame.mark)
        rendered = Rendered(answer, frame.tag, frame.coding)
        return Shared(rendered, frame.mark, max(0.0, now - frame.known_good), frame.expires - now, is_good)

    def _coded(self, key: bytes, coding: Coding) -> bytes:
        return self._release + key + coding.encode()
