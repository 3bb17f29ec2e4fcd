"""When the newest good backup was made, for metrics: asked of the store now and then."""

import asyncio
from datetime import UTC, datetime
from time import monotonic

from kinoteka.errors import UnavailableError
from kinoteka.objects import GLANCE, Objects
from kinoteka.ops.backup import shelf

_KEPT = 60.0  # seconds that an answer counts for


class LastBackup:
    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._made_at: datetime | None = None
        self._look_at = 0.0

    async def find_age(self) -> float | None:
        """Seconds; None as long as there is none, or the store has not told."""
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + _KEPT
            await self._look()
        return (datetime.now(UTC) - self._made_at).total_seconds() if self._made_at else None

    async def _look(self) -> None:
        """Keeps what it knew while the store does not answer."""
        try:
            async with asyncio.timeout(GLANCE):
                newest = await shelf.find_newest(self._objects)
        except (UnavailableError, TimeoutError):
            return
        self._made_at = newest.created_at if newest else None
