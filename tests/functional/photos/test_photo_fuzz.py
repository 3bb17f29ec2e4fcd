"""Sound images with something done to them: the answer is always clean sizes or a refusal, and never an accident."""

from io import BytesIO

import pytest
from benchmarks.fuzz.mutation import mutated
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import corners, exif, interlaced, jpeg, png, swapped_icc, webp
from PIL import Image

from kinoteka.catalogue.photos.formats import read_header
from kinoteka.catalogue.photos.reencode import judge
from kinoteka.catalogue.photos.verdict import BOXES, Limits, Refusal, RefusedError

LIMITS = Limits(pixels=1_000_000, memory=0, cpu=0)
SOUND = [
    jpeg(exif=exif(6, place=True), icc_profile=swapped_icc()),
    jpeg(progressive=True),
    jpeg(corners().convert("CMYK")),
    png(exif=exif(6)),
    png(corners().quantize(8), transparency=bytes([9])),
    interlaced(40, b"\1\2\3"),
    webp(exif=exif(6), icc_profile=swapped_icc()),
    webp(lossless=True),
]
EXAMPLES = 150


@pytest.mark.filterwarnings("ignore")  # as the process that does it
@settings(max_examples=EXAMPLES)
@given(mutated(SOUND))
def test_whatever_is_sent_there_is_a_verdict(data: bytes) -> None:
    verdict = judge(data, LIMITS)
    if isinstance(verdict, Refusal):
        assert verdict.detail.endswith(".")
        return
    for size, (width, height) in BOXES.items():
        image = Image.open(BytesIO(verdict.sizes[size]), formats=["WEBP"])
        assert image.width <= width
        assert image.height <= height
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(SOUND), st.floats(0, 1, exclude_max=True))
def test_no_beginning_of_an_image_is_taken_for_one(data: bytes, share: float) -> None:
    with pytest.raises(RefusedError):
        read_header(data[: int(share * len(data))])


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(SOUND), st.binary(min_size=1, max_size=100).filter(lambda tail: any(tail)))
def test_nothing_may_follow_an_image(data: bytes, tail: bytes) -> None:
    read_header(data)
    with pytest.raises(RefusedError):
        read_header(data + tail)
