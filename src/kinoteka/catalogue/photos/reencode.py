"""Makes a photo's three sizes out of an upload. Run as a process of its own: `python -m … <limits as JSON>`.

Decoders of images are where hostile files strike. This process has no secrets, writes no file, and is bounded in
memory and time; whatever happens to it happens to one upload.
"""

import os
import re
import resource
import sys
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import ExifTags, Image, ImageCms
from PIL.Image import Resampling, Transpose

from kinoteka.catalogue.photos.formats import Header, read_header
from kinoteka.catalogue.photos.verdict import (
    BOXES,
    Limits,
    Refusal,
    RefusedError,
    Renditions,
    Size,
    Verdict,
    encode_verdict,
)

LONGEST_SIDE = 30_000
_QUALITY, _NICENESS = 82, 10
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_LYING = frozenset({5, 6, 7, 8})
"""Orientations (EXIF 2.3, tag 274) that swap width and height."""


def main() -> None:
    limits = msgspec.json.decode(sys.argv[1], type=Limits)
    _confine(limits)
    sys.stdout.buffer.write(encode_verdict(judge(sys.stdin.buffer.read(), limits)))


def _confine(limits: Limits) -> None:
    os.nice(_NICENESS)  # readers go first
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory runs out, this goes and not the server
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # the size is checked before anything is opened
    for what, most in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu, limits.cpu + 1))  # SIGXCPU before SIGKILL tells them apart


def judge(data: bytes, limits: Limits) -> Verdict:
    try:
        header = read_header(data)
        _check(header, limits)
        return Renditions(_make_sizes(_load(data, header)), _peak())
    except RefusedError as error:
        return msgspec.structs.replace(error.refusal, peak=_peak())
    except MemoryError:
        return Refusal("too_complex", "Decoding the image takes more memory than there is for it.", _peak())
    except Exception:  # decoders raise whatever they like, and each of them means this
        return Refusal("damaged", "The image is damaged: it cannot be decoded.", _peak())


def _check(header: Header, limits: Limits) -> None:
    if header.animated:
        raise RefusedError(Refusal("animated", "The image is animated; send a single picture."))
    width, height = header.width, header.height
    if not (width and height):
        raise RefusedError(Refusal("damaged", "The image has no pixels."))
    if width * height > limits.pixels or max(width, height) > LONGEST_SIDE:
        raise RefusedError(
            Refusal(
                "too_large",
                f"The image has {width:,} × {height:,} pixels; it may have {limits.pixels / 1e6:g} million, "
                f"and {LONGEST_SIDE:,} on a side.",
            )
        )


def _load(data: bytes, header: Header) -> Image.Image:
    """Upright, in sRGB, at most as large as the largest size."""
    image: Image.Image = Image.open(BytesIO(data), formats=[header.format])
    if image.size != (header.width, header.height):
        raise ValueError("two sizes")
    width, height = BOXES["large"]
    image.draft(None, (max(width, height), max(width, height)))  # JPEG is decoded at a fraction of its size
    image.load()
    orientation = _orientation(image)
    profile = image.info.get("icc_profile")
    image = _workable(image)
    image.thumbnail((height, width) if orientation in _LYING else (width, height), Resampling.LANCZOS)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    return _without_hidden(_in_srgb(image, profile))


def _orientation(image: Image.Image) -> int:
    with suppress(Exception):  # metadata are dropped: damaged ones are no reason to refuse the image
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def _workable(image: Image.Image) -> Image.Image:
    """In a mode that can be resized and converted well: L, RGB, RGBA or CMYK, eight bits each."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A profile that is damaged, or another colour space's, is as if there was none."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
            if converted is not None:
                return converted
    return image.convert(mode)


def _without_hidden(image: Image.Image) -> Image.Image:
    """What is wholly transparent has a colour, too, and pictures have been found there."""
    if image.mode == "RGBA":
        image.paste((0, 0, 0, 0), mask=image.getchannel("A").point(lambda alpha: 0 if alpha else 255))
    return image


def _make_sizes(image: Image.Image) -> dict[Size, bytes]:
    """Metadata are in none of them: Pillow writes only those that it is given."""
    sizes: dict[Size, bytes] = {}
    for size, box in BOXES.items():
        smaller = image.copy()
        smaller.thumbnail(box, Resampling.LANCZOS)
        sizes[size] = _encode(smaller)
    return sizes


def _encode(image: Image.Image) -> bytes:
    stream = BytesIO()
    image.save(stream, "WEBP", quality=_QUALITY, method=4)
    return stream.getvalue()


def _peak() -> int:
    """Not getrusage's, which begins with that of the process it was started from."""
    told = _PEAK.search(Path("/proc/self/status").read_text())
    return int(told[1]) * 1024 if told else 0


if __name__ == "__main__":
    main()
