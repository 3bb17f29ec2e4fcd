"""JPEG, PNG and WebP by their bytes: format, size and frames, read without decoding, and that nothing else is in them.

A file that is cut off, goes on after its end or is a PDF or zip archive too is refused before a decoder sees it.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from kinoteka.catalogue.photos.verdict import Refusal, RefusedError

_MOST_SCANS = 64
"""Of one progressive JPEG; encoders make about ten, and each one costs a pass over all pixels."""
_MOST_PICTURES = 8
_PDF_WITHIN = 1024
"""Bytes from the beginning in which readers of PDF look for its signature."""
_ZIP_END, _ZIP_END_SIZE = b"PK\x05\x06", 22
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_AFTER_SCAN = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_EOI, _SOS, _APP2 = 0xD9, 0xDA, 0xE2
_ALONE = {0x01, *range(0xD0, 0xD9)}
_U16, _U32, _U32LE = struct.Struct(">H"), struct.Struct(">I"), struct.Struct("<I")


class Header(NamedTuple):
    format: str
    """As Pillow names it."""
    width: int
    height: int
    animated: bool


class _Chunk(NamedTuple):
    kind: bytes
    data: memoryview
    end: int


def read_header(data: bytes) -> Header:
    """Raises RefusedError."""
    try:
        header = _read(data)
    except (IndexError, struct.error, ValueError):
        raise _damaged() from None
    if b"%PDF-" in data[:_PDF_WITHIN] or _ends_as_zip(data):
        raise _polyglot("The file is a document or an archive as well as an image")
    return header


def _read(data: bytes) -> Header:
    if data.startswith(_PNG):
        return _read_png(data)
    if data.startswith(_JPEG):
        return _read_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _read_webp(data)
    raise RefusedError(Refusal("unsupported", "This is no JPEG, PNG or WebP image; send one of these."))


def _read_jpeg(data: bytes) -> Header:
    """What phones append, smaller pictures and maps of brightness, are JPEGs again and named in the first one."""
    header, end, appends = _read_picture(data, 0)
    for _ in range(_MOST_PICTURES):
        end += len(data) - end - len(data[end:].lstrip(b"\0"))
        if end == len(data):
            return header
        if not (appends and data.startswith(_JPEG, end)):
            break
        _, end, _ = _read_picture(data, end)
    raise _polyglot()


def _read_picture(data: bytes, start: int) -> tuple[Header, int, bool]:
    """Also where it ends, and whether it says that others follow."""
    header, appends, scans, end = None, False, 0, start
    for kind, segment, end in _segments(data, start + 2):  # noqa: B007 - where the last one ends
        if kind == _EOI:
            break
        if kind in _SOF:
            header = Header("JPEG", _U16.unpack_from(segment, 3)[0], _U16.unpack_from(segment, 1)[0], False)
        scans += kind == _SOS
        appends |= kind == _APP2 and bytes(segment[:4]) == b"MPF\0"
        if scans > _MOST_SCANS:
            raise RefusedError(Refusal("too_complex", f"The image has more than {_MOST_SCANS} scans."))
    if header is None or not scans:
        raise _damaged()
    return header, end, appends


def _segments(data: bytes, at: int) -> Iterator[tuple[int, memoryview, int]]:
    """Marker, content and end of each, up to the end of the image."""
    view = memoryview(data)
    while True:
        if data[at] != 0xFF:
            raise _damaged()
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
        elif kind == _EOI or kind in _ALONE:
            at += 2
            yield kind, view[:0], at
        else:
            end = at + 2 + _U16.unpack_from(data, at + 2)[0]
            yield kind, view[at + 4 : end], end
            at = _skip_scan(data, end) if kind == _SOS else end


def _skip_scan(data: bytes, at: int) -> int:
    found = _AFTER_SCAN.search(data, at)
    if found is None:
        raise _damaged()
    return found.start()


def _read_png(data: bytes) -> Header:
    width = height = 0
    animated = False
    for chunk in _png_chunks(data):
        if chunk.kind == b"IHDR":
            width, height = _U32.unpack_from(chunk.data, 0)[0], _U32.unpack_from(chunk.data, 4)[0]
        animated |= chunk.kind == b"acTL"
        if chunk.kind == b"IEND":
            break
    if chunk.end != len(data):
        raise _polyglot()
    return Header("PNG", width, height, animated)


def _png_chunks(data: bytes) -> Iterator[_Chunk]:
    view, at = memoryview(data), len(_PNG)
    while True:
        length = _U32.unpack_from(data, at)[0]
        end = at + 12 + length
        if zlib.crc32(view[at + 4 : end - 4]) != _U32.unpack_from(data, end - 4)[0]:
            raise _damaged()
        yield _Chunk(data[at + 4 : at + 8], view[at + 8 : end - 4], end)
        at = end


def _read_webp(data: bytes) -> Header:
    told = 8 + _U32LE.unpack_from(data, 4)[0]
    if told > len(data):
        raise _damaged()
    if told < len(data):
        raise _polyglot()
    chunks = list(_webp_chunks(data))
    width, height = _webp_size(chunks[0])
    animated = any(chunk.kind in (b"ANIM", b"ANMF") for chunk in chunks)
    return Header("WEBP", width, height, animated)


def _webp_chunks(data: bytes) -> Iterator[_Chunk]:
    view, at = memoryview(data), 12
    while at < len(data):
        length = _U32LE.unpack_from(data, at + 4)[0]
        end = at + 8 + length + length % 2
        if end > len(data):
            raise _damaged()
        yield _Chunk(data[at : at + 4], view[at + 8 : at + 8 + length], end)
        at = end


def _webp_size(first: _Chunk) -> tuple[int, int]:
    """RFC 9649 §2.5 to 2.7: of the first chunk, lossy, lossless or extended."""
    data = first.data
    if first.kind == b"VP8 ":
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    if first.kind == b"VP8L":
        bits = _U32LE.unpack_from(data, 1)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if first.kind == b"VP8X":
        return int.from_bytes(data[4:7], "little") + 1, int.from_bytes(data[7:10], "little") + 1
    raise _damaged()


def _ends_as_zip(data: bytes) -> bool:
    """Whether a reader of archives, which begins at the end, would find one (APPNOTE 4.3.16)."""
    at = data.rfind(_ZIP_END, max(0, len(data) - _ZIP_END_SIZE - 0xFFFF))
    return at >= 0 and len(data) - at - _ZIP_END_SIZE == int.from_bytes(data[at + 20 : at + 22], "little")


def _damaged() -> RefusedError:
    return RefusedError(Refusal("damaged", "The image is cut off or damaged."))


def _polyglot(what: str = "Something follows the end of the image") -> RefusedError:
    return RefusedError(Refusal("polyglot", f"{what}; save it anew as a plain image."))
