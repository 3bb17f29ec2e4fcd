"""What one upload may cost: memory and time, whatever is in it."""

import pytest
from corpus import CLEAN, REFUSED
from image_files import chunk, jpeg, plain, png, webp, with_chunk
from PIL import Image

from kinoteka.catalogue.photos import reencoder
from kinoteka.catalogue.photos.reencoder import Reencoder
from kinoteka.catalogue.photos.verdict import Refusal, Renditions
from kinoteka.errors import UnavailableError
from kinoteka.settings import Settings

SHIPPED = 256 * 2**20 + 8 * 50_000_000
"""Bytes; the bound that docs/how-to/photos.md names."""
SMALL = 130 * 2**20
"""Bytes that a process takes for an image of up to four million pixels."""

LARGEST = {
    "png-alpha": lambda: plain(8000, 6250, b"\1\2\3\4", 8, 6),
    "png-16-bit-grey": lambda: plain(8000, 6250, b"\1\2", 16, 0),
    "png-16-bit-alpha": lambda: plain(8000, 6250, b"\1\2\3\4\5\6\7\1", 16, 6),
    "jpeg-progressive": lambda: jpeg(Image.new("RGB", (8000, 6250)), progressive=True, subsampling=0),
    "jpeg-cmyk": lambda: jpeg(Image.new("CMYK", (8000, 6250))),
    "webp": lambda: webp(Image.new("RGB", (6500, 4500)), lossless=True, method=0),
}


@pytest.mark.parametrize("name", LARGEST)
async def test_the_largest_images_there_may_be_fit_into_the_memory_there_is(name: str) -> None:
    verdict = await Reencoder(Settings()).reencode(LARGEST[name]())
    assert isinstance(verdict, Renditions), verdict
    assert verdict.peak < SHIPPED


async def test_what_would_need_more_is_refused() -> None:
    image = webp(Image.new("RGB", (8000, 6250)), lossless=True, method=0)
    verdict = await Reencoder(Settings()).reencode(image)
    assert isinstance(verdict, Refusal)
    assert verdict.code == "too_complex"
    assert verdict.peak < SHIPPED


async def test_no_file_of_the_corpus_takes_more_than_its_pixels_do() -> None:
    worker = Reencoder(Settings(photo_megapixels=4, photo_workers=2))
    peaks = {}
    for name, case in {**CLEAN, **REFUSED}.items():
        peaks[name] = (await worker.reencode(case.make())).peak
    assert len(peaks) > 100
    assert {name: peak for name, peak in peaks.items() if peak > SMALL} == {}


async def test_what_takes_too_long_to_decode_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencoder, "_CPU_SECONDS", 1)
    slow = with_chunk(png(), chunk(b"prVt", b"") * 2_000_000)
    verdict = await Reencoder(Settings()).reencode(slow)
    assert isinstance(verdict, Refusal)
    assert verdict.code == "too_complex"


async def test_where_the_machine_is_too_slow_one_may_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reencoder, "_PATIENCE", 0.001)
    worker = Reencoder(Settings(photo_workers=1))
    with pytest.raises(UnavailableError):
        await worker.reencode(png())
    monkeypatch.undo()
    assert isinstance(await worker.reencode(png()), Renditions)
