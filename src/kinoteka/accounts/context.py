"""What accounts work with in a process."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kinoteka.accounts.access_tokens import Verifier
from kinoteka.accounts.hashing import Hasher
from kinoteka.accounts.housekeeping import Housekeeper
from kinoteka.accounts.keys import Keyring, ensure_key
from kinoteka.accounts.partitions import ensure_partitions
from kinoteka.accounts.permission_cache import PermissionCache
from kinoteka.accounts.revocation import Revocations
from kinoteka.accounts.secrets import Secrets
from kinoteka.database import Database, open_database
from kinoteka.settings import Settings

_PATIENCE = 10.0
"""Seconds: in a storm of sign-ins one rather waits a while than tries again."""


@dataclass(frozen=True)
class Accounts:
    settings: Settings
    database: Database
    secrets: Secrets
    hasher: Hasher
    keyring: Keyring
    verifier: Verifier
    revocations: Revocations
    permissions: PermissionCache
    housekeeper: Housekeeper
    beginning: Lock = field(default_factory=Lock)

    async def ready(self) -> None:
        """What this process needs before its first token or sign-in. Raises UnavailableError."""
        self.revocations.follow()
        if self.keyring.kids:
            return
        async with self.beginning:  # the first requests may come all at once
            if not self.keyring.kids:
                await self._begin()

    async def _begin(self) -> None:
        async with self.database.answering() as connection:
            await ensure_key(connection, self.secrets)
        await self.keyring.refresh(self.database, self.secrets)
        await self.hasher.prepare()
        self.housekeeper.begin()

    async def published_keys(self) -> list[dict[str, Any]]:
        """As JWKs; of the database where the copy here is not recent. Raises UnavailableError."""
        await self.ready()
        if self.revocations.fresh is None:
            await self.keyring.refresh(self.database, self.secrets)
        return self.keyring.published()

    async def prepare(self) -> None:
        """What the database needs, once. Raises UsageError when the secret key is missing."""
        async with self.database.transaction() as connection:
            await ensure_key(connection, self.secrets)
            await ensure_partitions(connection)
        await self.keyring.refresh(self.database, self.secrets)


@asynccontextmanager
async def open_accounts(settings: Settings, database: Database) -> AsyncIterator[Accounts]:
    """Asks nothing of the database yet.

    With connections of its own: a storm of sign-ins leaves those of readers alone.
    """
    own = open_database(database.dsn, max(2, settings.pool_size // 2), pre_ping=True, patience=_PATIENCE)
    secrets, keyring, hasher = Secrets(settings), Keyring(), Hasher(settings)

    async def follow_keys(kids: frozenset[str]) -> None:
        if kids != keyring.kids:  # read again, not believed: a key made meanwhile is not among them
            await keyring.refresh(own, secrets)

    revocations = Revocations(own, follow_keys)
    verifier = Verifier(settings, keyring)
    housekeeper = Housekeeper(settings, own)
    try:
        yield Accounts(
            settings,
            own,
            secrets,
            hasher,
            keyring,
            verifier,
            revocations,
            PermissionCache(own, revocations),
            housekeeper,
        )
    finally:
        await housekeeper.close()
        await revocations.close()
        hasher.close()
        await own.close()
