"""How the feed stands: what health checks, metrics and `index status` show."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.indexer.build import INDEX
from kinoteka.indexer.connection import LOCK


class BuildStatus(Struct, frozen=True):
    """A full build under way: records done of all. `heartbeat`: seconds since it last said so."""

    done: int
    total: int
    heartbeat: float


class FeedStatus(Struct, frozen=True):
    """`age`: seconds that the oldest direct change has waited, 0 when none does; `depth`: changes waiting, direct and
    slow. `consumer`: a process keeps the index in step; `heartbeat`: seconds since it said so, None without one."""

    age: float
    depth: tuple[int, int]
    rebuild_needed: bool
    rebuild_reason: str | None
    build: BuildStatus | None
    dead_letters: int
    consumer: bool
    heartbeat: float | None
    index_name: str | None
    reconciled_at: datetime | None


# An advisory lock by one bigint shows in pg_locks as its two halves.
_STATUS = f"""
SELECT coalesce((SELECT extract(epoch FROM clock_timestamp() - min(at)) FROM search_outbox WHERE lane = 0), 0)::float8
           AS age,
       (SELECT count(*) FROM search_outbox WHERE lane = 0) AS fast,
       (SELECT count(*) FROM search_outbox WHERE lane = 1) AS slow,
       (SELECT reason FROM search_rebuild_request ORDER BY id LIMIT 1) AS rebuild_reason,
       (SELECT count(*) FROM search_dead_letter) AS dead_letters,
       EXISTS (SELECT FROM pg_locks JOIN pg_database AS d ON d.oid = database AND d.datname = current_database()
               WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND classid = {LOCK >> 32} AND objid = {LOCK & 0xFFFFFFFF}) AS consumer,
       live.physical_name AS index_name, live.reconciled_at,
       extract(epoch FROM clock_timestamp() - live.heartbeat)::float8 AS heartbeat,
       building.done, building.total,
       extract(epoch FROM clock_timestamp() - building.heartbeat)::float8 AS build_heartbeat
FROM (SELECT) AS one
LEFT JOIN search_target AS live ON live.index = '{INDEX}' AND live.state = 'live'
LEFT JOIN search_target AS building ON building.index = '{INDEX}' AND building.state = 'building'
"""


async def get_feed_status(connection: AsyncConnection) -> FeedStatus:
    row = (await connection.execute(text(_STATUS))).one()
    return FeedStatus(
        age=max(0.0, row.age),
        depth=(row.fast, row.slow),
        rebuild_needed=row.rebuild_reason is not None,
        rebuild_reason=row.rebuild_reason,
        build=None if row.done is None else BuildStatus(row.done, row.total, row.build_heartbeat),
        dead_letters=row.dead_letters,
        consumer=row.consumer,
        heartbeat=row.heartbeat,
        index_name=row.index_name,
        reconciled_at=row.reconciled_at,
    )
