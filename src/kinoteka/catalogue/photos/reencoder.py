"""Re-encodes uploads in processes of their own, a few at a time; who comes while too many wait is refused at once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from kinoteka.catalogue.photos.verdict import Limits, Refusal, Verdict, decode_verdict
from kinoteka.errors import UnavailableError
from kinoteka.settings import Settings

_PROGRAM = "kinoteka.catalogue.photos.reencode"
_CPU_SECONDS, _PATIENCE = 20, 120.0
_BASE_BYTES, _BYTES_A_PIXEL = 256 * 2**20, 8
"""Measured: 4 bytes a pixel, and a copy. WebP takes 16, so that its largest images have half as many pixels."""
_KILLED_BY_OTHERS = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT)
_GIVEN_UP = Refusal("too_complex", "Decoding the image takes too long or fails; save it anew as a plain image.")


class Reencoder:
    def __init__(self, settings: Settings) -> None:
        pixels = settings.photo_megapixels * 1_000_000
        self._limits = Limits(pixels, _BASE_BYTES + _BYTES_A_PIXEL * pixels, _CPU_SECONDS)
        self._most = settings.photo_workers + settings.photo_queue
        self._workers = asyncio.Semaphore(settings.photo_workers)
        self._places = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """To be taken before an upload is read, so that what waits in memory is bounded. Raises UnavailableError."""
        if self._places >= self._most:
            raise UnavailableError("Too many photos are being uploaded; try again in a moment.", retry_after=2)
        self._places += 1
        try:
            yield
        finally:
            self._places -= 1

    async def reencode(self, data: bytes) -> Verdict:
        """Raises UnavailableError when the machine is too busy."""
        async with self._workers:
            status, output, complaint = await _run(data, self._limits)
        if status == 0:
            return decode_verdict(output)
        if status in _KILLED_BY_OTHERS:
            raise UnavailableError("The photo could not be worked on just now; try again in a moment.", retry_after=5)
        if status < 0:  # its time was over, or a decoder crashed
            return _GIVEN_UP
        raise RuntimeError(f"re-encoding a photo failed: {complaint.decode(errors='replace')[-2000:]}")


async def _run(data: bytes, limits: Limits) -> tuple[int, bytes, bytes]:
    """Exit status, or minus the signal; what it wrote, and what it complained of. Nothing of our environment is its."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", "-m", _PROGRAM, msgspec.json.encode(limits).decode()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            output, complaint = await process.communicate(data)
    except TimeoutError:
        return -signal.SIGKILL, b"", b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, output, complaint
