"""An answer as it goes over the wire: its body in each content coding, made once, and the headers that belong to it."""

import gzip
import zlib
from collections.abc import AsyncIterator
from http import HTTPStatus

import zstandard
from msgspec import Struct

from kinoteka.web.answer import NO_STORE, Answer, Header
from kinoteka.web.negotiation import Coding
from kinoteka.web.security import security_headers

SMALLEST_COMPRESSED = 1024
_GZIP = 31  # window bits, and a gzip header around
_OVERHEAD = 1500
"""Bytes that the objects around a body take, roughly."""


class Variant(Struct, frozen=True):
    body: bytes
    etag: bytes
    """With its quotes; empty where there is none."""
    headers: tuple[Header, ...]
    """Of a 200."""
    unchanged_headers: tuple[Header, ...]
    """Of a 304: what RFC 9110 §15.4.5 asks for."""
    coding: Coding
    """The one it has; not the one asked for where the body is short."""


class Rendered:
    __slots__ = ("_plain", "_variants", "answer", "size", "tag")

    def __init__(self, answer: Answer, tag: bytes = b"", coding: Coding = "") -> None:
        """`tag`: where it is known already; `coding`: the one that the answer's body has."""
        self.answer = answer
        self.tag = tag or answer.tag
        self._plain = answer.body if not coding else None
        self._variants: dict[Coding, Variant] = {}
        self.size = len(answer.body) + _OVERHEAD
        """Bytes; grows with each coding."""
        if coding:
            self._variants[coding] = self._render(coding, answer.body)

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def plain(self) -> bytes:
        if self._plain is None:
            (variant,) = self._variants.values()
            self._plain = decompress(variant.body, variant.coding)
            self.size += len(self._plain)
        return self._plain

    def variant(self, coding: Coding) -> Variant:
        found = self._variants.get(coding)
        if found is None:
            found = self._variants[coding] = self._make(coding)
            self.size += _OVERHEAD + (len(found.body) if found.coding else 0)
        return found

    def _make(self, coding: Coding) -> Variant:
        if coding and (self.answer.is_packed or len(self.plain) < SMALLEST_COMPRESSED):
            return self.variant("")
        return self._render(coding, compress(self.plain, coding))

    def _render(self, coding: Coding, body: bytes) -> Variant:
        answer, etag = self.answer, self._etag(coding)
        shared = (
            *(((b"etag", etag),) if etag else ()),
            (b"vary", b"accept-encoding"),
            (b"cache-control", answer.cache_control),
            *security_headers(answer.policy),
        )
        encoding = ((b"content-encoding", coding.encode()),) if coding else ()
        about = _about(answer, body)
        return Variant(body, etag, (*about, *encoding, *shared, *answer.headers), shared, coding)

    def _etag(self, coding: Coding) -> bytes:
        if NO_STORE in self.answer.cache_control:
            return b""
        return b'"%s%s"' % (self.tag, b"-" + coding.encode() if coding else b"")


def _about(answer: Answer, body: bytes) -> tuple[Header, ...]:
    """A 204 has no content to speak of (RFC 9110 §8.6), and what is empty is of no type."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return ()
    length = (b"content-length", b"%d" % len(body))
    return ((b"content-type", answer.media_type), length) if body else (length,)


def compress(body: bytes, coding: Coding) -> bytes:
    if coding == "zstd":
        return zstandard.compress(body, 6)
    if coding == "gzip":
        return gzip.compress(body, 6, mtime=0)
    return body


def decompress(body: bytes, coding: Coding) -> bytes:
    if coding == "zstd":
        return zstandard.decompress(body)
    if coding == "gzip":
        return gzip.decompress(body)
    return body


async def compressed(chunks: AsyncIterator[bytes], coding: Coding) -> AsyncIterator[bytes]:
    """Chunk by chunk, in constant memory."""
    if not coding:
        async for chunk in chunks:
            yield chunk
        return
    packer = zstandard.ZstdCompressor(3).compressobj() if coding == "zstd" else zlib.compressobj(6, wbits=_GZIP)
    async for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()
