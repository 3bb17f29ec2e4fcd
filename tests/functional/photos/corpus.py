"""Files that somebody may send as a photo, most of them not meant well, and what must become of each."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from image_files import (
    BLACK,
    BLUE,
    GREEN,
    RED,
    SIGNATURE,
    WHITE,
    XMP,
    archive,
    chunk,
    corners,
    exif,
    handmade,
    header,
    icc,
    interlaced,
    jpeg,
    many_scans,
    noise,
    plain,
    png,
    saved,
    swapped_icc,
    webp,
    with_canvas,
    with_chunk,
    with_segment,
    with_size,
)
from PIL import Image

MEGAPIXELS, MOST_BYTES = 4, 2**20
"""Limits that these files are made for."""

Make = Callable[[], bytes]
CORNERS = [RED, GREEN, BLUE, WHITE]


@dataclass(frozen=True)
class Clean:
    """`large`: the size of the largest; `colours`: of its corners, clockwise from the upper left."""

    make: Make
    large: tuple[int, int] = (120, 90)
    colours: tuple[tuple[int, int, int], ...] | None = tuple(CORNERS)


@dataclass(frozen=True)
class Refused:
    make: Make
    status: int
    code: str | None = None


def _alpha() -> Image.Image:
    image = corners()
    image.putalpha(200)
    return image


def _rotated() -> dict[str, Clean]:
    """What a camera writes when it is turned: the pixels as they lie, and how they are to be seen."""
    turned = Image.Transpose
    back = {
        1: None,
        2: turned.FLIP_LEFT_RIGHT,
        3: turned.ROTATE_180,
        4: turned.FLIP_TOP_BOTTOM,
        5: turned.TRANSPOSE,
        6: turned.ROTATE_90,
        7: turned.TRANSVERSE,
        8: turned.ROTATE_270,
    }

    def make(orientation: int, kind: Callable[..., bytes]) -> Make:
        turn = back[orientation]
        return lambda: kind(corners().transpose(turn) if turn is not None else corners(), exif=exif(orientation))

    cases = {f"jpeg-orientation-{number}": Clean(make(number, jpeg)) for number in back}
    cases |= {f"{kind.__name__}-orientation-6": Clean(make(6, kind)) for kind in (png, webp)}
    return cases


def _without_rows() -> bytes:
    """Sound chunks, and half of the pixels."""
    return handmade(header(120, 90), [b"\0" + bytes(RED) * 120] * 45)


def _one(colour: tuple[int, int, int]) -> tuple[tuple[int, int, int], ...]:
    return (colour,) * 4


CLEAN: dict[str, Clean] = {
    **_rotated(),
    "jpeg-colour": Clean(jpeg),
    "jpeg-progressive": Clean(lambda: jpeg(progressive=True)),
    "jpeg-restart-markers": Clean(lambda: jpeg(restart_marker_blocks=2)),
    "jpeg-grey": Clean(lambda: jpeg(Image.new("L", (120, 90), 90)), colours=_one((90, 90, 90))),
    "jpeg-cmyk": Clean(lambda: jpeg(corners().convert("CMYK"))),
    "jpeg-cmyk-with-a-profile-of-rgb": Clean(lambda: jpeg(corners().convert("CMYK"), icc_profile=icc())),
    "jpeg-exif-with-gps": Clean(lambda: jpeg(exif=exif(place=True))),
    "jpeg-xmp": Clean(lambda: jpeg(xmp=XMP)),
    "jpeg-exif-damaged": Clean(lambda: with_segment(jpeg(), 0xE1, b"Exif\0\0II*\0" + noise(200))),
    "jpeg-comment-with-script": Clean(lambda: jpeg(comment=b"<script>alert(1)</script>")),
    "jpeg-icc": Clean(lambda: jpeg(icc_profile=icc())),
    "jpeg-icc-of-other-colours": Clean(
        lambda: jpeg(Image.new("RGB", (120, 90), RED), icc_profile=swapped_icc()), colours=_one((*RED[1::-1], RED[2]))
    ),
    "jpeg-icc-damaged": Clean(lambda: jpeg(icc_profile=noise(3000))),
    "jpeg-with-a-second-picture": Clean(
        lambda: saved(corners(), "MPO", save_all=True, append_images=[corners((60, 45))])
    ),
    "jpeg-padded-with-zeros": Clean(lambda: jpeg() + bytes(512)),
    "jpeg-of-a-camera": Clean(lambda: jpeg(corners((2300, 1700)), exif=exif(place=True)), large=(1000, 739)),
    "jpeg-at-the-limit-of-pixels": Clean(lambda: jpeg(corners((2000, 2000))), large=(1000, 1000)),
    "jpeg-one-pixel": Clean(lambda: jpeg(Image.new("RGB", (1, 1), RED)), large=(1, 1), colours=_one(RED)),
    "png-colour": Clean(png),
    "png-alpha": Clean(lambda: png(_alpha())),
    "png-palette": Clean(lambda: png(corners().quantize(16))),
    "png-palette-with-transparency": Clean(lambda: png(corners().quantize(16), transparency=bytes([128]))),
    "png-colour-with-a-transparent-one": Clean(lambda: png(transparency=(1, 2, 3))),
    "png-grey": Clean(lambda: png(Image.new("L", (120, 90), 90)), colours=_one((90, 90, 90))),
    "png-grey-alpha": Clean(lambda: png(Image.new("LA", (120, 90), (90, 200))), colours=_one((90, 90, 90))),
    "png-black-and-white": Clean(lambda: png(Image.new("1", (120, 90), 1)), colours=_one((255, 255, 255))),
    "png-16-bit-grey": Clean(lambda: plain(120, 90, b"\x5a\xff", 16, 0), colours=_one((90, 90, 90))),
    "png-16-bit-grey-alpha": Clean(lambda: plain(120, 90, b"\x5a\xff\xff\xff", 16, 4), colours=_one((90, 90, 90))),
    "png-16-bit-colour": Clean(lambda: plain(120, 90, b"\xdc\xff\x14\xff\x14\xff", 16, 2), colours=_one(RED)),
    "png-16-bit-alpha": Clean(lambda: plain(120, 90, b"\xdc\xff\x14\xff\x14\xff\xff\xff", 16, 6), colours=_one(RED)),
    "png-interlaced": Clean(lambda: interlaced(90, bytes(RED)), large=(90, 90), colours=_one(RED)),
    "png-text-with-html": Clean(lambda: with_chunk(png(), chunk(b"tEXt", b"Comment\0<html><script>alert(1)</script>"))),
    "png-private-chunk": Clean(lambda: with_chunk(png(), chunk(b"prVt", b"PRIVATE-SECRET"))),
    "png-xmp": Clean(lambda: with_chunk(png(), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP))),
    "png-exif-with-gps": Clean(lambda: png(exif=exif(place=True))),
    "png-icc-of-other-colours": Clean(
        lambda: png(Image.new("RGB", (120, 90), RED), icc_profile=swapped_icc()), colours=_one((*RED[1::-1], RED[2]))
    ),
    "png-hidden-under-transparency": Clean(lambda: plain(120, 90, bytes([*RED, 0]), 8, 6), colours=None),
    "png-without-half-of-its-rows": Clean(_without_rows, colours=(RED, RED, BLACK, BLACK)),
    "png-one-pixel": Clean(lambda: plain(1, 1, bytes(RED)), large=(1, 1), colours=_one(RED)),
    "png-thin-and-tall": Clean(lambda: plain(1, 20_000, bytes(RED)), large=(1, 1500), colours=_one(RED)),
    "png-thin-and-wide": Clean(lambda: plain(20_000, 1, bytes(RED)), large=(1000, 1), colours=_one(RED)),
    "webp-lossy": Clean(webp),
    "webp-lossless": Clean(lambda: webp(lossless=True)),
    "webp-alpha": Clean(lambda: webp(_alpha())),
    "webp-exif-with-gps": Clean(lambda: webp(exif=exif(place=True))),
    "webp-xmp": Clean(lambda: webp(xmp=XMP)),
    "webp-icc-of-other-colours": Clean(
        lambda: webp(Image.new("RGB", (120, 90), RED), icc_profile=swapped_icc()), colours=_one((*RED[1::-1], RED[2]))
    ),
}


def _unsupported(make: Make | bytes) -> Refused:
    return Refused((lambda: make) if isinstance(make, bytes) else make, 415)


def _damaged(make: Make) -> Refused:
    return Refused(make, 422, "damaged")


def _polyglot(make: Make) -> Refused:
    return Refused(make, 422, "polyglot")


def _too_large(make: Make) -> Refused:
    return Refused(make, 422, "too_large")


def _half(make: Callable[..., bytes], **options: Any) -> Make:
    return lambda: (data := make(**options))[: len(data) // 2]


def _with_wrong_sum() -> bytes:
    data = bytearray(png())
    data[-20] ^= 0xFF
    return bytes(data)


def _bomb_of_zeros() -> bytes:
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(bytes(90_001)) for _ in range(300)), packer.flush()])
    return SIGNATURE + header(30_000, 30_000) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _inflated(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body><script>alert(document.cookie)</script></body></html>"
PHP = b"<?php system($_GET['c']); ?>"

REFUSED: dict[str, Refused] = {
    "nothing": _unsupported(b""),
    "one-byte": _unsupported(b"\xff"),
    "text": _unsupported(b"This is no image."),
    "noise": _unsupported(lambda: noise(5000)),
    "svg": _unsupported(SVG),
    "svg-packed": _unsupported(lambda: gzip.compress(SVG)),
    "html": _unsupported(HTML),
    "php": _unsupported(PHP),
    "pdf": _unsupported(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF"),
    "zip": _unsupported(lambda: archive()),
    "program": _unsupported(b"\x7fELF\x02\x01\x01" + bytes(100)),
    "gif": _unsupported(lambda: saved(corners(), "GIF")),
    "gif-animated": _unsupported(lambda: saved(corners(), "GIF", save_all=True, append_images=[corners((120, 90))])),
    "bmp": _unsupported(lambda: saved(corners(), "BMP")),
    "tiff": _unsupported(lambda: saved(corners(), "TIFF")),
    "ico": _unsupported(lambda: saved(corners((64, 64)), "ICO")),
    "jpeg-2000": _unsupported(lambda: saved(corners(), "JPEG2000")),
    "postscript": _unsupported(lambda: saved(corners(), "EPS")),
    "heic": _unsupported(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)),
    "avif": _unsupported(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(100)),
    "video": _unsupported(b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41" + bytes(100)),
    "html-before-a-jpeg": _unsupported(lambda: HTML + jpeg()),
    "sound-in-riff": _unsupported(b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)),
    "jpeg-signature-alone": _damaged(lambda: b"\xff\xd8\xff"),
    "jpeg-cut-in-half": _damaged(_half(jpeg)),
    "jpeg-progressive-cut-in-half": _damaged(_half(jpeg, progressive=True)),
    "jpeg-without-its-end": _damaged(lambda: jpeg()[:-2]),
    "jpeg-without-pixels": _damaged(lambda: (data := jpeg())[: data.index(b"\xff\xda")] + b"\xff\xd9"),
    "jpeg-without-tables": _damaged(lambda: jpeg().replace(b"\xff\xdb", b"\xff\xe3")),
    "jpeg-of-noise": _damaged(lambda: b"\xff\xd8\xff" + noise(5000)),
    "jpeg-without-height": _damaged(lambda: with_size(jpeg(), 120, 0)),
    "png-signature-alone": _damaged(lambda: SIGNATURE),
    "png-cut-in-half": _damaged(_half(png)),
    "png-without-its-end": _damaged(lambda: png()[:-12]),
    "png-without-its-header": _damaged(lambda: SIGNATURE + png()[33:]),
    "png-with-a-wrong-sum": _damaged(_with_wrong_sum),
    "png-with-noise-for-pixels": _damaged(
        lambda: SIGNATURE + header(120, 90) + chunk(b"IDAT", noise(900)) + chunk(b"IEND", b"")
    ),
    "png-without-width": _damaged(lambda: plain(0, 90, bytes(RED))),
    "png-chunk-longer-than-the-file": _damaged(lambda: SIGNATURE + b"\x7f\xff\xff\xffIDAT" + bytes(100)),
    "webp-signature-alone": _damaged(lambda: b"RIFF\x04\0\0\0WEBP"),
    "webp-cut-in-half": _damaged(_half(webp)),
    "webp-without-its-last-byte": _damaged(lambda: webp()[:-1]),
    "webp-with-noise-for-pixels": _damaged(lambda: (data := webp())[:40] + noise(len(data) - 40)),
    "png-text-that-inflates": _damaged(
        lambda: with_chunk(png(), chunk(b"zTXt", b"Comment\0\0" + _inflated(200 * 2**20)))
    ),
    "png-profile-that-inflates": _damaged(
        lambda: with_chunk(png(), chunk(b"iCCP", b"icc\0\0" + _inflated(200 * 2**20)))
    ),
    "png-bomb": _too_large(_bomb_of_zeros),
    "png-two-billion-wide": _too_large(
        lambda: plain(1, 1, bytes(RED)).replace(header(1, 1), header(2**31 - 1, 2**31 - 1))
    ),
    "png-longer-than-a-side-may-be": _too_large(lambda: plain(30_001, 1, bytes(RED))),
    "png-over-the-limit-of-pixels": _too_large(lambda: plain(2001, 2000, bytes(RED))),
    "jpeg-of-four-billion-pixels": _too_large(lambda: with_size(jpeg(), 65_500, 65_500)),
    "jpeg-over-the-limit-of-pixels": _too_large(lambda: jpeg(Image.new("RGB", (2001, 2000)))),
    "webp-with-a-huge-canvas": _too_large(lambda: with_canvas(16_383, 16_383)),
    "webp-over-the-limit-of-pixels": _too_large(lambda: webp(Image.new("RGB", (2001, 2000)))),
    "webp-canvas-larger-than-its-picture": _damaged(lambda: with_canvas(1500, 1500)),
    "png-animated": Refused(lambda: png(save_all=True, append_images=[corners().rotate(180)]), 422, "animated"),
    "webp-animated": Refused(lambda: webp(save_all=True, append_images=[corners().rotate(180)]), 422, "animated"),
    "jpeg-with-two-hundred-scans": Refused(lambda: many_scans(200), 422, "too_complex"),
    "jpeg-then-zip": _polyglot(lambda: jpeg() + archive()),
    "jpeg-then-html": _polyglot(lambda: jpeg() + HTML),
    "jpeg-then-an-unnamed-jpeg": _polyglot(lambda: jpeg() + jpeg()),
    "jpeg-then-a-video": _polyglot(lambda: jpeg() + b"\0\0\0\x20ftypisom" + bytes(100)),
    "jpeg-and-pdf": _polyglot(lambda: with_segment(jpeg(), 0xFE, b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n")),
    "png-then-php": _polyglot(lambda: png() + PHP),
    "png-then-zip": _polyglot(lambda: png() + archive()),
    "png-with-a-zip-inside": _polyglot(
        lambda: png().replace(chunk(b"IEND", b""), chunk(b"tEXt", b"k\0" + archive(4 + 12)) + chunk(b"IEND", b""))
    ),
    "webp-then-zip": _polyglot(lambda: webp() + archive()),
    "webp-then-html": _polyglot(lambda: webp() + HTML),
}
