"""How the feed stands: what health checks, metrics and `index status` show."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from kinoteka.indexer.connection import LOCK
from kinoteka.indexer.phases import PHASES
from kinoteka.indexer.targets import INDEX


class BuildStatus(Struct, frozen=True):
    """A full build under way: records done of all. `heartbeat`: seconds since it last said so; `seconds`: since it
    began."""

    done: int
    total: int
    heartbeat: float
    seconds: float

    @property
    def rate(self) -> float:
        """Records a second; 0 before the first."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def left(self) -> float | None:
        """Seconds it will still take at that rate."""
        return (self.total - self.done) / self.rate if self.rate else None


class Work(Struct, frozen=True):
    """What the processes at work have done so far. `conflicts`: writes that came after newer ones; `seconds`: by phase,
    of all batches together."""

    batches: int
    documents: int
    conflicts: int
    refused: int
    seconds: dict[str, float]


class FeedStatus(Struct, frozen=True):
    """`ages`: seconds that the oldest change of each lane, direct and slow, has waited, 0 when none does; `depth`: how
    many wait. `consumers`: connections that keep the index in step; `heartbeat`: seconds since one said so, None before
    the first. `reconcile`: why index and database are to be compared; `retired`: the build that one may go back to."""

    ages: tuple[float, float]
    depth: tuple[int, int]
    rebuild_needed: bool
    rebuild_reason: str | None
    build: BuildStatus | None
    dead_letters: int
    consumers: int
    heartbeat: float | None
    index_name: str | None
    reconciled_at: datetime | None
    reconcile: str | None
    retired: str | None
    work: Work

    @property
    def age(self) -> float:
        return self.ages[0]

    @property
    def consumer(self) -> bool:
        return self.consumers > 0


def _age(lane: int) -> str:
    return f"""coalesce((SELECT extract(epoch FROM clock_timestamp() - min(at)) FROM search_outbox
                         WHERE lane = {lane}), 0)::float8"""


_SECONDS = ", ".join(f"coalesce(sum((phases->>'{phase}')::float8), 0) AS {phase}" for phase in PHASES)

# An advisory lock by one bigint shows in pg_locks as its two halves.
_STATUS = f"""
SELECT {_age(0)} AS fast_age, {_age(1)} AS slow_age,
       (SELECT count(*) FROM search_outbox WHERE lane = 0) AS fast,
       (SELECT count(*) FROM search_outbox WHERE lane = 1) AS slow,
       (SELECT reason FROM search_rebuild_request ORDER BY id LIMIT 1) AS rebuild_reason,
       (SELECT count(*) FROM search_dead_letter) AS dead_letters,
       (SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database AND d.datname = current_database()
        WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND classid = {LOCK >> 32} AND objid = {LOCK & 0xFFFFFFFF}) AS consumers,
       live.physical_name AS index_name, live.reconciled_at, live.reconcile, retired.physical_name AS retired,
       extract(epoch FROM clock_timestamp() - live.heartbeat)::float8 AS heartbeat,
       work.*, building.done, building.total,
       extract(epoch FROM clock_timestamp() - building.started_at)::float8 AS seconds,
       extract(epoch FROM clock_timestamp() - building.heartbeat)::float8 AS build_heartbeat
FROM (SELECT coalesce(sum(batches), 0)::bigint AS batches, coalesce(sum(documents), 0)::bigint AS documents,
             coalesce(sum(conflicts), 0)::bigint AS conflicts, coalesce(sum(refused), 0)::bigint AS refused,
             {_SECONDS} FROM search_consumer) AS work
LEFT JOIN LATERAL (SELECT * FROM search_target WHERE index = '{INDEX}' AND state = 'live'
                   ORDER BY started_at DESC LIMIT 1) AS live ON true
LEFT JOIN LATERAL (SELECT * FROM search_target WHERE index = '{INDEX}' AND state = 'building'
                   ORDER BY started_at DESC LIMIT 1) AS building ON true
LEFT JOIN LATERAL (SELECT * FROM search_target WHERE index = '{INDEX}' AND state = 'retired'
                   ORDER BY retired_at DESC LIMIT 1) AS retired ON true
"""


async def get_feed_status(connection: AsyncConnection) -> FeedStatus:
    row = (await connection.execute(text(_STATUS))).one()
    return FeedStatus(
        ages=(max(0.0, row.fast_age), max(0.0, row.slow_age)),
        depth=(row.fast, row.slow),
        rebuild_needed=row.rebuild_reason is not None,
        rebuild_reason=row.rebuild_reason,
        build=None if row.done is None else BuildStatus(row.done, row.total, row.build_heartbeat, row.seconds),
        dead_letters=row.dead_letters,
        consumers=row.consumers,
        heartbeat=row.heartbeat,
        index_name=row.index_name,
        reconciled_at=row.reconciled_at,
        reconcile=row.reconcile,
        retired=row.retired,
        work=Work(
            row.batches, row.documents, row.conflicts, row.refused, {phase: getattr(row, phase) for phase in PHASES}
        ),
    )
