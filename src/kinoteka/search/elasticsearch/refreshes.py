"""What was written is made visible: by one request at a time, whoever waits for it."""

import asyncio
from collections.abc import Iterable

from kinoteka.catalogue.documents import Kind
from kinoteka.search.elasticsearch.reading import Cluster


class _Batch:
    """Writes that are done and wait for the same refresh."""

    def __init__(self) -> None:
        self.kinds: set[Kind] = set()
        self.is_visible = False


class Refreshes:
    """Of the published build. Each costs the same for one document or a thousand, and leaves a segment to be merged."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._turn = asyncio.Lock()
        self._next = _Batch()

    async def join(self, kinds: Iterable[Kind]) -> None:
        """Returns once everything is visible that was written before the call."""
        batch = self._next
        batch.kinds.update(kinds)
        async with self._turn:
            if batch.is_visible:
                return
            self._next = _Batch()
            aliases = ",".join(sorted(map(self._cluster.names.alias, batch.kinds)))
            await self._cluster.client.write("POST", f"/{aliases}/_refresh")
            batch.is_visible = True
