"""What time does away with: sessions, keys and counts whose time is over, and old months of the sign-in history."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog
from sqlalchemy import text

from kinoteka.accounts.partitions import drop_partitions, ensure_partitions
from kinoteka.database import Database
from kinoteka.settings import Settings

_FIRST, _PERIOD = 60.0, 3600.0
_LOCK = 0x73776570  # "swep"
_SWEEP = (
    "DELETE FROM revoked_session WHERE until < now()",
    "DELETE FROM session WHERE expires_at < now() OR last_seen_at < now() - make_interval(days => :idle)",
    "DELETE FROM deed WHERE begun_at < now() - interval '1 day'",
    "DELETE FROM attempt_count WHERE expires_at < now()",
    "DELETE FROM signing_key WHERE verifies_until < now() - interval '1 day'",
)

log = structlog.get_logger()


class Housekeeper:
    """Sweeps every hour, in whichever process comes first."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._keep_house())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_house(self) -> None:
        await asyncio.sleep(_FIRST)
        while True:
            try:
                await sweep(self._settings, self._database)
            except Exception as error:  # the next hour may be better, and nobody else would try
                log.warning("Housekeeping failed", reason=str(error))
            await asyncio.sleep(_PERIOD)


async def sweep(settings: Settings, database: Database) -> bool:
    """False when another process is at it. The history's tables wait two seconds for their locks, and no longer."""
    async with database.transaction() as connection:
        if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}):
            return False
        for statement in _SWEEP:
            values = {"idle": settings.session_idle_days} if ":idle" in statement else {}
            await connection.execute(text(statement), values)
    async with database.transaction() as connection:
        await connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        await ensure_partitions(connection)
        await drop_partitions(connection, timedelta(days=settings.sign_in_retention_days))
    return True
