"""What each user may do, asked once and kept until somebody's permissions change."""

from collections import OrderedDict
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.accounts.permissions import NAMES, OF_EVERY_ACCOUNT
from kinoteka.accounts.revocation import Revocations
from kinoteka.database import Database

ADMIN = UUID("00000000-0000-7000-8000-00000000ad01")
"""The built-in role: whatever permission there is or will be."""
_KEPT = 10_000


async def read_permissions(connection: AsyncConnection, user_id: UUID) -> frozenset[str]:
    query = text(
        "SELECT l.role_id, p.permission FROM account_role AS l LEFT JOIN role_permission AS p USING (role_id) "
        "JOIN account AS a ON a.id = l.account_id WHERE l.account_id = :id AND a.is_active"
    )
    rows = (await connection.execute(query, {"id": user_id})).all()
    if any(row.role_id == ADMIN for row in rows):
        return NAMES
    return OF_EVERY_ACCOUNT | (NAMES & {row.permission for row in rows})


class PermissionCache:
    def __init__(self, database: Database, revocations: Revocations) -> None:
        self._database = database
        self._revocations = revocations
        self._kept: OrderedDict[UUID, tuple[int, frozenset[str]]] = OrderedDict()

    async def get(self, user_id: UUID) -> frozenset[str]:
        """Names. Raises UnavailableError."""
        snapshot = await self._revocations.recent()
        kept = self._kept.get(user_id)
        if snapshot is not None and kept is not None and kept[0] == snapshot.epoch:
            return kept[1]
        async with self._database.answering() as connection:
            found = await read_permissions(connection, user_id)
        if snapshot is not None:  # read before the question: what changed meanwhile has a higher number
            self._kept[user_id] = (snapshot.epoch, found)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
