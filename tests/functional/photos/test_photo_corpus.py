"""Every file of the corpus is refused with its reason, or comes out clean."""

from io import BytesIO

import pytest
from corpus import CLEAN, REFUSED, Clean, Refused
from gallery import Gallery
from PIL import Image

from kinoteka.catalogue.photos.verdict import BOXES

SECRETS = [b"SECRET", b"Exif", b"XMP", b"ICCP", b"<script", b"adobe"]
NEAR = 24
"""How far a channel may be off after two lossy encodings."""


def test_the_corpus_is_large_enough() -> None:
    assert len(CLEAN) + len(REFUSED) >= 100


@pytest.mark.parametrize("name", REFUSED)
async def test_a_file_is_refused(gallery: Gallery, name: str) -> None:
    case: Refused = REFUSED[name]
    before = (await gallery.person())["photo"]
    problem = (await gallery.put(case.make(), case.status)).json()
    assert problem["detail"]
    assert [fault["code"] for fault in problem["errors"]] == ([case.code] if case.code else [])
    assert (await gallery.person())["photo"] == before


@pytest.mark.parametrize("name", CLEAN)
async def test_a_file_comes_out_clean(gallery: Gallery, name: str) -> None:
    case: Clean = CLEAN[name]
    person = (await gallery.put(case.make())).json()
    for size, (width, height) in BOXES.items():
        data = (await gallery.own.api.get(person["photo"][size])).content
        image = Image.open(BytesIO(data))
        assert (image.format, getattr(image, "n_frames", 1)) == ("WEBP", 1)
        assert image.width <= width
        assert image.height <= height
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
        assert [secret for secret in SECRETS if secret in data] == []
        if size == "large":
            assert image.size == case.large
            check_corners(image, case)


def check_corners(image: Image.Image, case: Clean) -> None:
    if case.colours is None:
        alpha = image.getchannel("A")
        assert alpha.getextrema() == (0, 0)
        assert image.convert("RGB").getextrema() == ((0, 0), (0, 0), (0, 0))
        return
    image, (right, bottom) = image.convert("RGB"), (image.width - 1, image.height - 1)
    inset_x, inset_y = image.width // 10, image.height // 10
    places = [
        (inset_x, inset_y),
        (right - inset_x, inset_y),
        (right - inset_x, bottom - inset_y),
        (inset_x, bottom - inset_y),
    ]
    for place, colour in zip(places, case.colours, strict=True):
        seen = image.getpixel(place)
        assert isinstance(seen, tuple)
        assert all(abs(one - other) <= NEAR for one, other in zip(seen, colour, strict=True)), (place, seen, colour)
