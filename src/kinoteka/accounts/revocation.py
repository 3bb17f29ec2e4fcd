"""Which access tokens hold no more: what PostgreSQL says, read whole every 100 ms, so that a request asks nothing.

Each process keeps the sessions that ended within an access token's life, and the number that is raised whenever
somebody's permissions change. It reads them whole: a cursor over ever growing ids would pass over rows whose
transactions commit out of order. A copy older than a second is not believed: then each request asks the database.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.database import Database

PERIOD = 0.1
OLDEST = 1.0
"""Seconds since its reading began that a copy is believed: the bound of how long a token may outlive its session."""
_PATIENCE = 2.0
_SNAPSHOT = """
SELECT (SELECT number FROM permission_epoch) AS epoch,
       ARRAY(SELECT session_id FROM revoked_session WHERE until > now()) AS revoked,
       ARRAY(SELECT kid FROM signing_key WHERE verifies_until IS NULL OR verifies_until > now()) AS kids
"""

log = structlog.get_logger()


@dataclass(frozen=True)
class Snapshot:
    read_at: float
    """Of the process's clock, when the reading began."""
    epoch: int
    revoked: frozenset[UUID]


_NONE = Snapshot(float("-inf"), 0, frozenset())

OnKeys = Callable[[frozenset[str]], Awaitable[None]]


class Revocations:
    """Begins to read when first asked; `on_keys` is told the ids of the keys at each reading."""

    def __init__(self, database: Database, on_keys: OnKeys) -> None:
        self._database = database
        self._on_keys = on_keys
        self._snapshot = _NONE
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    def follow(self) -> None:
        """Begins to read, where that has not begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._keep_reading())

    @property
    def fresh(self) -> Snapshot | None:
        """The copy, if it is recent enough to be believed."""
        self.follow()
        snapshot = self._snapshot
        return snapshot if monotonic() - snapshot.read_at < OLDEST else None

    async def recent(self) -> Snapshot | None:
        """As `fresh`; but a process that was too busy or stood still waits for its next reading: meanwhile the answer
        that ended a session may have been sent, see `settle`."""
        snapshot = self.fresh
        if snapshot is None or (age := monotonic() - snapshot.read_at) <= PERIOD:
            return snapshot
        with suppress(TimeoutError):
            async with asyncio.timeout(OLDEST - age):
                await self._next_reading(monotonic() - PERIOD)
        return self.fresh

    async def is_revoked(self, session_id: UUID) -> bool:
        """Raises UnavailableError when neither the copy nor the database can tell."""
        if (snapshot := await self.recent()) is not None:
            return session_id in snapshot.revoked
        async with self._database.answering() as connection:
            return not await is_alive(connection, session_id)

    async def settle(self) -> None:
        """Returns when what was committed before is known here, and, by any likelihood, everywhere.

        Two readings that began after it; or the time after which no process believes an older copy.
        """
        began = monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(OLDEST):
                for _ in range(2):
                    began = await self._next_reading(began)

    async def _next_reading(self, after: float) -> float:
        """When a reading began that began later than that, once it has ended."""
        self.follow()
        async with self._news:
            await self._news.wait_for(lambda: self._snapshot.read_at > after)
        return self._snapshot.read_at

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_reading(self) -> None:
        complained = False
        while True:
            try:
                async with _own_connection(self._database) as connection:
                    complained = False
                    while True:
                        await self._read(connection)
                        await asyncio.sleep(PERIOD)
            except Exception as error:  # whatever it is, the next try may succeed, and nobody else would make one
                if not complained:
                    log.warning("Revocations cannot be read: each request asks the database", reason=str(error))
                complained = True
            await asyncio.sleep(PERIOD)

    async def _read(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        began = monotonic()
        row = await connection.fetchrow(_SNAPSHOT, timeout=_PATIENCE)
        if row is None:
            return
        await self._on_keys(frozenset(row["kids"]))
        self._snapshot = Snapshot(began, row["epoch"], frozenset(row["revoked"]))
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def _own_connection(database: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Outside the pool: a pool that is exhausted must not make the copy old."""
    connection = await database.connect(_PATIENCE, application_name="kinoteka revocations")
    try:
        yield connection
    finally:
        connection.terminate()


async def is_alive(connection: AsyncConnection, session_id: UUID) -> bool:
    query = text(
        "SELECT EXISTS (SELECT FROM session AS s JOIN account AS a ON a.id = s.account_id "
        "WHERE s.id = :id AND s.expires_at > now() AND a.is_active)"
    )
    return bool(await connection.scalar(query, {"id": session_id}))


async def revoke(connection: AsyncConnection, session_ids: Iterable[UUID], life: float) -> int:
    """Ends sessions, in the caller's transaction: the row goes, its id stays for as long as its tokens could hold.

    `life`: of an access token, in seconds. Whoever calls this calls `Revocations.settle` after the commit. How many
    there were.
    """
    ids = list(session_ids)
    if not ids:
        return 0
    deleting = text(
        "WITH gone AS (DELETE FROM session WHERE id = ANY(:ids) RETURNING id) "
        "INSERT INTO revoked_session (session_id, until) "
        "SELECT id, now() + make_interval(secs => :life) FROM gone ON CONFLICT DO NOTHING"
    )
    result = await connection.execute(deleting, {"ids": ids, "life": life + 60})
    return result.rowcount


async def raise_epoch(connection: AsyncConnection) -> None:
    """In the transaction that changes who may do what. The row's lock puts such transactions in one order."""
    await connection.execute(text("UPDATE permission_epoch SET number = number + 1"))
