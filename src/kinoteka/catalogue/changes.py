"""A change of documents: pending in every process before it is committed, so that none takes the index for current."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.cache.port import Tokens
from kinoteka.catalogue.documents import Kind
from kinoteka.database import Database


@dataclass
class Change:
    """A transaction, and the names that are pending until the index shows what it changes."""

    connection: AsyncConnection
    tokens: Tokens
    names: list[str] = field(default_factory=list)
    holder: int = 0
    held_at: float = 0.0

    async def hold(self, refs: Iterable[tuple[Kind, UUID]]) -> None:
        """Best before the first row that others may wait for is locked: other processes are told meanwhile."""
        names = [f"{kind}:{id_}" for kind, id_ in refs]
        if not names:
            return
        self.holder = int((await self.connection.execute(_HOLDER)).scalar_one())
        self.names += names
        await self.tokens.hold(names, self.holder)
        self.held_at = monotonic()

    async def release(self) -> None:
        """It was rolled back."""
        if self.names:
            await self.tokens.release(self.names, self.holder)

    async def spread(self) -> None:
        """Returns when no process answers from a copy made before."""
        if self.names:
            await asyncio.sleep(max(self.held_at + self.tokens.lag - monotonic(), self.tokens.doubt))


_HOLDER = text("SELECT pg_current_xact_id()::text")


@asynccontextmanager
async def changing(database: Database, tokens: Tokens) -> AsyncIterator[Change]:
    """Commits at the end. Where nobody can say whether it did, the marks stay until the indexer has seen to it."""
    async with database.answering() as connection:
        begun = Change(connection, tokens)
        try:
            yield begun
        except BaseException:
            await begun.release()
            raise
    await begun.spread()
