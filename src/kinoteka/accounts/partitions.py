"""The months of the sign-in history: made ahead, and dropped whole when their time is over."""

import re
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

AHEAD = 12
"""Months: a year in which housekeeping may fail before a record has no place."""
_PREFIX = "sign_in_"
_LOCK = 0x7061727473  # "parts"

log = structlog.get_logger()


async def ensure_partitions(connection: AsyncConnection, now: datetime | None = None) -> None:
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    there = await list_partitions(connection)
    begin = _month(now or datetime.now(UTC))
    for _ in range(AHEAD):
        end = _next(begin)
        if _name(begin) not in there:
            await _attach(connection, begin, end)
        begin = end


async def drop_partitions(connection: AsyncConnection, keep: timedelta, now: datetime | None = None) -> list[str]:
    """Those that hold nothing younger than `keep`; their names."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    oldest = _name(_month((now or datetime.now(UTC)) - keep))
    old = [name for name in await list_partitions(connection) if name < oldest]
    for name in old:
        await connection.execute(text(f"DROP TABLE {name}"))
        log.info("sign-in history dropped", partition=name)
    return old


async def list_partitions(connection: AsyncConnection) -> list[str]:
    query = "SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid "
    query += "WHERE i.inhparent = 'sign_in'::regclass ORDER BY 1"
    names = (await connection.execute(text(query))).scalars()
    return [name for name in names if re.fullmatch(rf"{_PREFIX}\d{{4}}_\d\d", name)]


async def _attach(connection: AsyncConnection, begin: datetime, end: datetime) -> None:
    """Made apart and attached: that lets others write to the history meanwhile, as PARTITION OF does not."""
    name = _name(begin)
    await connection.execute(text(f"CREATE TABLE {name} (LIKE sign_in INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    bounds = f"FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
    await connection.exec_driver_sql(f"ALTER TABLE sign_in ATTACH PARTITION {name} FOR VALUES {bounds}")


def _name(month: datetime) -> str:
    return f"{_PREFIX}{month:%Y_%m}"


def _month(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next(month: datetime) -> datetime:
    return _month(month + timedelta(days=32))
