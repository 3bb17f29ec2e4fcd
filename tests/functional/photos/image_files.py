"""Images made by hand or by Pillow, piece by piece, so that a test can have them wrong in one place."""

import random
import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageDraw

RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)
BLACK, WHITE = (0, 0, 0), (250, 250, 250)
SIGNATURE = b"\x89PNG\r\n\x1a\n"
ORIENTATION, GPS = 0x0112, 0x8825
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description secret="XMP-SECRET"/></rdf:RDF></x:xmpmeta>'
)


def corners(size: tuple[int, int] = (120, 90)) -> Image.Image:
    """Red, green, blue and white, clockwise from the upper left."""
    image = Image.new("RGB", size, WHITE)
    draw, (right, bottom) = ImageDraw.Draw(image), (size[0] // 2, size[1] // 2)
    draw.rectangle((0, 0, right - 1, bottom - 1), RED)
    draw.rectangle((right, 0, size[0], bottom - 1), GREEN)
    draw.rectangle((right, bottom, size[0], size[1]), BLUE)
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or corners(), "JPEG", **{"quality": 90, **options})


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or corners(), "PNG", **options)


def webp(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or corners(), "WEBP", **options)


def exif(orientation: int = 1, *, place: bool = False) -> Image.Exif:
    found = Image.Exif()
    found[ORIENTATION] = orientation
    found[0x010F] = "EXIF-SECRET"
    if place:
        found[GPS] = {1: "N", 2: (50.0, 27.0, 0.0), 3: "E", 4: (30.0, 31.0, 0.0)}
    return found


def icc() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_icc() -> bytes:
    """A colour space in which red is sRGB's green, and green its red."""
    return icc().replace(b"rXYZ", b"?XYZ", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"?XYZ", b"gXYZ", 1)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """`colour`: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def handmade(head: bytes, rows: Iterable[bytes], *others: bytes) -> bytes:
    """`rows` as PNG has them, each with its filter before it; `others`: chunks between header and pixels."""
    packer = zlib.compressobj(6)
    packed = b"".join([*(packer.compress(row) for row in rows), packer.flush()])
    return SIGNATURE + head + b"".join(others) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def plain(width: int, height: int, pixel: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """One pixel everywhere."""
    row = b"\0" + pixel * width
    return handmade(header(width, height, depth, colour), (row for _ in range(height)))


def interlaced(size: int, pixel: bytes) -> bytes:
    """Adam7 of one pixel everywhere."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = []
    for x, y, by_x, by_y in passes:
        width, height = -(-(size - x) // by_x), -(-(size - y) // by_y)
        rows += [b"\0" + pixel * width] * height
    return handmade(header(size, size, interlaced=1), rows)


def with_chunk(data: bytes, extra: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    return data[:33] + extra + data[33:]


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    """A JPEG with one more segment at its beginning."""
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content + data[2:]


def with_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG that says it is as large as that."""
    at = next(data.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in data)
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def with_canvas(width: int, height: int) -> bytes:
    """A WebP whose canvas is said to be as large as that."""
    image = corners()
    image.putalpha(128)
    data = webp(image, lossless=False)
    assert data[12:16] == b"VP8X"
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return data[:24] + size + data[30:]


def many_scans(number: int) -> bytes:
    """A progressive JPEG that paints its pixels over and over."""
    data = jpeg(progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * number + data[-2:]


def archive(comment: int = 0) -> bytes:
    """An empty zip archive, to whose end so many bytes are a comment."""
    return b"PK\x05\x06" + bytes(16) + struct.pack("<H", comment)


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)
